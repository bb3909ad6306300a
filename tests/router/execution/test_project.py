"""The projector, its careful twin, and a naive reading of the specification must agree."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.router.execution.complete import Completer, Explained
from entrepot.router.execution.project import Projector, Violation
from entrepot.router.plan import OutputField, OutputSelection, OutputType
from entrepot.router.selection import Condition

KEYS = ("a", "b", "c")
SOURCES = ("a", "b", "_x")
COLORS = frozenset({"RED", "BLUE"})
DEPTH = 2
BUBBLE: Any = object()

conditions = st.sampled_from(
    [(), ((Condition("v", expected=True),),), ((Condition("v", expected=False),), (Condition("w", expected=True),))]
)
shapes = st.lists(st.booleans(), min_size=1, max_size=3).map(tuple)


@st.composite
def selections(draw: st.DrawFn, depth: int = 0) -> OutputSelection:
    several = draw(st.booleans())
    types = tuple((name, draw_fields(draw, depth)) for name in (("A", "B") if several else ("A",)))
    return OutputSelection(types, typename_source="__typename" if several else None)


def draw_fields(draw: st.DrawFn, depth: int) -> tuple[OutputField, ...]:
    keys = draw(st.lists(st.sampled_from((*KEYS, "kind")), max_size=3, unique=True))
    return tuple(draw_field(draw, key, depth) for key in keys)


def draw_field(draw: st.DrawFn, key: str, depth: int) -> OutputField:
    if key == "kind":
        return OutputField("kind", "__typename", "__typename", OutputType("String", (True,)))
    selection = draw(selections(depth + 1)) if depth < DEPTH and draw(st.booleans()) else None
    enum = draw(st.sampled_from([None, None, COLORS])) if selection is None else None
    name = draw(st.sampled_from(["T", "String", "ID", "Int", "Float", "Boolean"])) if selection is enum is None else "T"
    kind = OutputType(name, draw(shapes), enum)
    return OutputField(key, draw(st.sampled_from(SOURCES)), "field", kind, draw(conditions), selection)


leaves = st.one_of(
    st.none(),
    st.integers(),
    st.booleans(),
    st.sampled_from([0, 1, 2**31, 1.0, 1.5, {}, []]),
    st.sampled_from(["RED", "BLUE", "GREEN", ""]),
)
typenames = st.sampled_from(["A", "B", "Hidden"])


def build_data(output: OutputSelection) -> st.SearchStrategy[dict[str, Any]]:
    """Data mostly of the output's form, with nulls, gaps, and now and then something else altogether."""
    by_source: dict[str, list[OutputField]] = {}
    for _, fields in output.by_type:
        for field in fields:
            by_source.setdefault(field.source, []).append(field)
    optional = {
        source: st.one_of([build_value(field, 0) for field in fields]) | leaves
        for source, fields in by_source.items()
        if source != "__typename"
    }
    return st.fixed_dictionaries({"__typename": typenames}, optional=optional)


def build_value(field: OutputField, level: int) -> st.SearchStrategy[Any]:
    if level < field.type.list_depth:
        return st.none() | st.lists(build_value(field, level + 1), max_size=3)
    return leaves if field.selection is None else st.none() | build_data(field.selection)


def project_naively(output: OutputSelection, item: Any, variables: dict[str, bool]) -> Any:
    """Section 6.4.3 and 6.4.4 of the GraphQL specification, word for word."""
    if not isinstance(item, dict):
        return BUBBLE
    typename = output.by_type[0][0] if output.typename_source is None else item.get(output.typename_source)
    if typename not in dict(output.by_type):
        return None
    answer = {}
    for field in dict(output.by_type)[typename]:
        holds = [all(variables[each.variable] == each.expected for each in group) for group in field.conditions]
        if holds and not any(holds):
            continue
        if field.name == "__typename":
            answer[field.key] = typename
            continue
        value = complete_naively(field, item.get(field.source), 0, variables)
        if value is BUBBLE:
            return BUBBLE
        answer[field.key] = value
    return answer


def complete_naively(field: OutputField, value: Any, level: int, variables: dict[str, bool]) -> Any:
    if value is None:
        completed = None
    elif level < field.type.list_depth:
        if isinstance(value, list):
            completed = [complete_naively(field, item, level + 1, variables) for item in value]
            if any(item is BUBBLE for item in completed):
                completed = BUBBLE
        else:
            completed = BUBBLE
    elif field.selection is not None:
        completed = project_naively(field.selection, value, variables)
    elif field.type.enum_values is not None and (not isinstance(value, str) or value not in field.type.enum_values):
        completed = BUBBLE
    else:
        completed = coerce_naively(field.type.name, value)
    if completed is None or completed is BUBBLE:
        return BUBBLE if field.type.shape[level] else None
    return completed


def coerce_naively(name: str, value: Any) -> Any:
    """Section 3.5: the result coercion of each built-in scalar."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    is_whole = is_number and value == int(value)
    coerced = {
        "String": value if isinstance(value, str) else BUBBLE,
        "ID": value if isinstance(value, str) else str(int(value)) if is_whole else BUBBLE,
        "Int": int(value) if is_whole and -(2**31) <= value < 2**31 else BUBBLE,
        "Float": value if is_number else BUBBLE,
        "Boolean": value if isinstance(value, bool) else BUBBLE,
    }
    return coerced.get(name, value)


@st.composite
def cases(draw: st.DrawFn) -> tuple[OutputSelection, dict[str, Any], dict[str, bool]]:
    output = draw(selections())
    return output, draw(build_data(output)), {"v": draw(st.booleans()), "w": draw(st.booleans())}


@settings(max_examples=400, deadline=None)
@given(cases())
def test_both_projectors_agree_with_the_naive_reading(
    case: tuple[OutputSelection, dict[str, Any], dict[str, bool]],
) -> None:
    output, data, variables = case
    expected = project_naively(output, data, variables)
    if expected is BUBBLE:
        expected = None
    completer = Completer(variables, Explained())
    careful = completer.complete(output, data)
    assert careful == expected
    try:
        quick = Projector(output).project(data, variables)
    except Violation:
        assert completer.errors or expected is None
        return
    assert quick == expected
    assert list(quick) == list(expected)
    assert completer.errors == []


@settings(max_examples=200, deadline=None)
@given(cases())
def test_errors_that_are_known_are_not_told_again(
    case: tuple[OutputSelection, dict[str, Any], dict[str, bool]],
) -> None:
    output, data, variables = case
    first = Completer(variables, Explained())
    first.complete(output, data)
    places = {tuple(error["path"]) for error in first.errors}
    again = Completer(variables, Explained(frozenset(places)))
    again.complete(output, data)
    assert not [error for error in again.errors if error["message"].startswith("Cannot return null")]


def output_of(field: OutputField) -> OutputSelection:
    return OutputSelection((("Query", (field,)),))


def complete(field: OutputField, data: dict[str, Any]) -> tuple[Any, list[Any]]:
    completer = Completer({}, Explained())
    return completer.complete(output_of(field), data), [error["message"] for error in completer.errors]


class TestWhatSubgraphsMayNotSay:
    def test_an_enum_value_that_clients_may_not_see_is_null_with_an_error_that_keeps_it_secret(self) -> None:
        field = OutputField("color", "color", "color", OutputType("Color", (False,), COLORS))
        data, messages = complete(field, {"color": "SECRET"})
        assert data == {"color": None}
        assert messages == ['A subgraph returned a value that enum "Color" does not have.']

    def test_an_object_of_an_unknown_type_is_null(self) -> None:
        selection = OutputSelection((("Book", ()),), typename_source="__typename")
        field = OutputField("media", "media", "media", OutputType("Media", (False, False)), selection=selection)
        media = [{"__typename": "Book"}, {"__typename": "Hidden"}]
        assert Projector(output_of(field)).project({"media": media}, {}) == {"media": [{}, None]}

    def test_a_list_that_is_none_is_refused(self) -> None:
        field = OutputField("tags", "tags", "tags", OutputType("String", (False, True)))
        assert complete(field, {"tags": "red"}) == (
            {"tags": None},
            ["A subgraph returned no list for field Query.tags."],
        )

    def test_custom_scalars_pass_untouched(self) -> None:
        field = OutputField("json", "json", "json", OutputType("JSON", (True,)))
        value = {"deep": [{"": None}], "big": 2**70}
        assert Projector(output_of(field)).project({"json": value}, {}) == {"json": value}

    def test_a_key_of_any_text_is_only_text(self) -> None:
        name = "'); raise SystemExit #"
        field = OutputField(name, name, name, OutputType("String", (True,)))
        assert Projector(output_of(field)).project({name: "1"}, {}) == {name: "1"}
