import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from entrepot.router.execution.representations import RepresentationBatch, build_extractor
from entrepot.router.plan import Representation
from entrepot.router.selection import Field, InlineFragment


def extract(objects: list[dict[str, Any]], *representations: Representation) -> tuple[list[Any], list[tuple[Any, int]]]:
    """What would be sent, and which object stands where in it."""
    add, tables = build_extractor(representations)
    batch = RepresentationBatch(tables)
    add(objects, batch)
    placed = [(item, index) for item, index in zip(batch.objects, batch.indexes, strict=True)]
    return [json.loads(text) for text in batch.texts], placed


def of(*fields: Any, **options: Any) -> Representation:
    return Representation(options.pop("types", None), options.pop("typename", "Product"), fields, **options)


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.sampled_from([0.0, 1.0, "1", "", "a", 2**70])
    | st.lists(st.integers(0, 1), max_size=1)
)
sets = st.sampled_from([of(Field("id")), of(Field("id"), Field("sku")), of(Field("id"), typename=None)])


@given(
    st.lists(st.fixed_dictionaries({"__typename": st.just("Product")}, optional={"id": scalars, "sku": scalars})), sets
)
def test_equal_in_json_is_sent_once_and_nothing_else(
    objects: list[dict[str, Any]], representation: Representation
) -> None:
    sent, placed = extract(objects, representation)
    names = [field.name for field in representation.fields if isinstance(field, Field)]
    whole = [item for item in objects if all(item.get(name) is not None for name in names)]
    assert [item for item, _ in placed] == whole
    for item, index in placed:
        expected = {"__typename": "Product", **{name: item[name] for name in names}}
        assert json.dumps(sent[index], sort_keys=True) == json.dumps(expected, sort_keys=True)
    texts = [json.dumps(item, sort_keys=True) for item in sent]
    assert len(set(texts)) == len(texts)


def test_what_is_equal_in_python_alone_is_sent_apart() -> None:
    values = [1, 1.0, True, "1", [1], [1.0], 1]
    for fields in ([Field("id")], [Field("id"), Field("sku")]):
        sent, placed = extract([{"id": value, "sku": "s"} for value in values], of(*fields))
        assert [repr(item["id"]) for item in sent] == ["1", "1.0", "True", "'1'", "[1]", "[1.0]"]
        assert [index for _, index in placed] == [0, 1, 2, 3, 4, 5, 0]


def test_values_are_read_by_response_key_and_sent_by_name() -> None:
    sent, _ = extract([{"_k": "1", "id": "no"}], of(Field("id", alias="_k")))
    assert sent == [{"__typename": "Product", "id": "1"}]


def test_a_null_in_a_key_holds_the_object_back_but_not_in_what_is_required() -> None:
    representation = of(Field("id"), Field("price"), keys=frozenset({"id"}))
    sent, placed = extract([{"id": None, "price": 1}, {"id": "2", "price": None}, {"id": "3"}], representation)
    assert sent == [{"__typename": "Product", "id": "2", "price": None}]
    assert [item["id"] for item, _ in placed] == ["2"]


def test_nested_keys_in_lists() -> None:
    representation = of(Field("owners", selections=(Field("id"), Field("org", selections=(Field("id"),)))))
    whole = {"owners": [{"id": "1", "org": {"id": "x", "name": "no"}}, {"id": "2", "org": {"id": "y"}}]}
    sent, _ = extract([whole, {"owners": [{"id": "1", "org": None}]}, {"owners": [None]}], representation)
    assert sent == [
        {"__typename": "Product", "owners": [{"id": "1", "org": {"id": "x"}}, {"id": "2", "org": {"id": "y"}}]}
    ]


def test_nested_nulls_of_what_is_required_are_sent() -> None:
    representation = of(Field("id"), Field("owner", selections=(Field("name"),)), keys=frozenset({"id"}))
    sent, _ = extract([{"id": "1", "owner": {"name": None}}, {"id": "2", "owner": None}], representation)
    assert [item["owner"] for item in sent] == [{"name": None}, None]


def test_fragments_go_by_the_type_of_the_object() -> None:
    media = Field(
        "media",
        selections=(
            Field("__typename"),
            InlineFragment("Book", (Field("title"),)),
            InlineFragment("Film", (Field("length"),)),
            InlineFragment(None, (Field("id"),)),
        ),
    )
    book = {"__typename": "Book", "title": "T", "length": 3, "id": 1}
    sent, _ = extract([{"media": [book, {"__typename": "Film", "length": 3, "id": 2}]}], of(media))
    assert sent[0]["media"] == [
        {"__typename": "Book", "title": "T", "id": 1},
        {"__typename": "Film", "length": 3, "id": 2},
    ]


def test_fields_and_fragments_on_one_object_are_one_object() -> None:
    inner = Field("owner", selections=(Field("id"),))
    more = InlineFragment("Book", (Field("owner", selections=(Field("name"),)),))
    sent, _ = extract([{"__typename": "Book", "owner": {"id": 1, "name": "N"}}], of(inner, more))
    assert sent == [{"__typename": "Product", "owner": {"id": 1, "name": "N"}}]


def test_the_first_that_fits_is_used_and_others_are_left_alone() -> None:
    objects = [{"__typename": name, "id": "1"} for name in ("Book", "Film", "Song")]
    sent, placed = extract(
        objects,
        of(Field("id"), types=frozenset({"Book"}), typename="Book"),
        of(Field("id"), types=frozenset({"Film", "Book"}), typename="Media"),
    )
    assert sent == [{"__typename": "Book", "id": "1"}, {"__typename": "Media", "id": "1"}]
    assert [item["__typename"] for item, _ in placed] == ["Book", "Film"]


def test_types_sent_under_one_name_are_sent_once() -> None:
    objects = [{"__typename": name, "id": "1"} for name in ("Book", "Film")]
    sent, placed = extract(
        objects,
        of(Field("id"), types=frozenset({"Book"}), typename="Media"),
        of(Field("id"), types=frozenset({"Film"}), typename="Media"),
    )
    assert sent == [{"__typename": "Media", "id": "1"}]
    assert [index for _, index in placed] == [0, 0]


def test_an_object_without_a_type_is_not_sent_under_its_own() -> None:
    assert extract([{"id": "1"}], of(Field("id"), typename=None)) == ([], [])
