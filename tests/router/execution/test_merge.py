from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from entrepot.router.execution.merge import copy_value, has_composites, merge_object


def merged(target: dict[str, Any], source: dict[str, Any]) -> dict[str, Any]:
    merge_object(target, source)
    return target


def test_objects_merge_and_lists_element_by_element() -> None:
    target = {"a": {"x": 1}, "l": [{"x": 1}, None, [{"x": 2}]], "s": 1}
    source = {"a": {"y": 2}, "l": [{"y": 1}, {"y": 2}, [{"y": 3}]], "s": 2}
    assert merged(target, source) == {
        "a": {"x": 1, "y": 2},
        "l": [{"x": 1, "y": 1}, {"y": 2}, [{"x": 2, "y": 3}]],
        "s": 2,
    }


def test_a_null_hides_nothing_and_is_itself_replaced() -> None:
    assert merged({"a": {"x": 1}, "b": None, "l": [1]}, {"a": None, "b": {"y": 1}, "l": [None]}) == {
        "a": {"x": 1},
        "b": {"y": 1},
        "l": [1],
    }


def test_lists_of_other_lengths_keep_what_was_there() -> None:
    assert merged({"l": [{"x": 1}]}, {"l": [{"y": 1}, {"y": 2}]}) == {"l": [{"x": 1, "y": 1}]}
    assert merged({"l": [1, 2]}, {"l": [3]}) == {"l": [3, 2]}


json_values = st.recursive(
    st.none() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=8,
)
json_objects = st.dictionaries(st.sampled_from("abc"), json_values)


@given(json_objects)
def test_merging_the_same_again_changes_nothing(value: dict[str, Any]) -> None:
    assert merged(copy_value(value), value) == value
    assert merged(value, value) == value


@given(json_objects)
def test_a_copy_shares_nothing(value: dict[str, Any]) -> None:
    def containers(item: Any) -> set[int]:
        inner = item.values() if isinstance(item, dict) else item if isinstance(item, list) else None
        return set() if inner is None else {id(item)}.union(*map(containers, inner))

    copied = copy_value(value)
    assert copied == value
    assert not containers(copied) & containers(value)


@given(json_objects, json_objects.filter(lambda source: not has_composites(source)))
def test_an_update_does_what_a_merge_does_where_nothing_is_composite(
    target: dict[str, Any], source: dict[str, Any]
) -> None:
    assert merged(copy_value(target), source) == {**target, **source}
