"""Applications of directives at random: the federation directives at their places, sometimes at others."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from graphql.language import ListValueNode, StringValueNode

from tests.support.composition_mutations.source import Part, Source, inner_type, string_of

_ANY = ("OBJECT", "INTERFACE", "UNION", "ENUM", "SCALAR", "INPUT_OBJECT", "FIELD_DEFINITION")
_ANY += ("ARGUMENT_DEFINITION", "INPUT_FIELD_DEFINITION", "ENUM_VALUE")
_PROTECTED = ("FIELD_DEFINITION", "OBJECT", "INTERFACE", "SCALAR", "ENUM")
_COMPOSITE = ("object_type", "interface_type")

Write = Callable[[Source, Part, Random], str]


def _nothing(_source: Source, _part: Part, _random: Random) -> str:
    return ""


def _key(source: Source, part: Part, random: Random) -> str:
    resolvable = random.choice(["", "", "", ", resolvable: false"])
    return f'(fields: "{random_field_set(source, part.owner, random)}"{resolvable})'


def _requires(source: Source, part: Part, random: Random) -> str:
    return f'(fields: "{random_field_set(source, part.owner, random)}")'


def _provides(source: Source, part: Part, random: Random) -> str:
    return f'(fields: "{random_field_set(source, inner_type(part.node.type), random)}")'


def _override(source: Source, _part: Part, random: Random) -> str:
    origin = random.choice([*source.peers, source]).name if random.random() < 0.9 else "nowhere"
    label = random.choice(["", "", "", ', label: "percent(30)"', ', label: "flag"', ', label: "percent(300)"'])
    return f'(from: "{origin}"{label})'


def _tag(_source: Source, _part: Part, random: Random) -> str:
    return f'(name: "{random.choice(["a", "b", "a/b-1", "not valid"])}")'


def _scopes(name: str) -> Write:
    def write(_source: Source, _part: Part, random: Random) -> str:
        values = random.choice(['[["a"]]', '[["a", "b"]]', '[["a"], ["b"]]', "[]", "[[]]", '[["b", "a"], ["a"]]'])
        return f"({name}: {values})"

    return write


def _cost(_source: Source, _part: Part, random: Random) -> str:
    return f"(weight: {random.choice([0, 1, 5, 5, -3])})"


def _list_size(_source: Source, _part: Part, random: Random) -> str:
    size = f"assumedSize: {random.choice([-1, 3, 10])}"
    other = random.choice(["requireOneSlicingArgument: false", 'slicingArguments: ["first"]'])
    return f"({random.choice([size, size, other])})"


def _context(_source: Source, _part: Part, random: Random) -> str:
    return f'(name: "{random.choice(["shared", "shared", "other", "not_ok"])}")'


def _from_context(source: Source, part: Part, random: Random) -> str:
    return f'(field: "$shared {{ {random_field_set(source, part.owner, random)} }}")'


def _reason(_source: Source, _part: Part, random: Random) -> str:
    return random.choice(["", '(reason: "old")', '(reason: "older")'])


DIRECTIVES: dict[str, tuple[tuple[str, ...], Write, int]] = {
    "key": (("OBJECT", "INTERFACE"), _key, 6),
    "shareable": (("OBJECT", "FIELD_DEFINITION"), _nothing, 5),
    "external": (("FIELD_DEFINITION", "OBJECT"), _nothing, 4),
    "requires": (("FIELD_DEFINITION",), _requires, 3),
    "provides": (("FIELD_DEFINITION",), _provides, 3),
    "override": (("FIELD_DEFINITION",), _override, 3),
    "inaccessible": (_ANY, _nothing, 4),
    "tag": (_ANY, _tag, 2),
    "interfaceObject": (("OBJECT",), _nothing, 2),
    "extends": (("OBJECT", "INTERFACE"), _nothing, 1),
    "authenticated": (_PROTECTED, _nothing, 1),
    "requiresScopes": (_PROTECTED, _scopes("scopes"), 1),
    "policy": (_PROTECTED, _scopes("policies"), 1),
    "cost": (("ARGUMENT_DEFINITION", "ENUM", "FIELD_DEFINITION", "INPUT_FIELD_DEFINITION", "OBJECT"), _cost, 1),
    "listSize": (("FIELD_DEFINITION",), _list_size, 1),
    "context": (("OBJECT", "INTERFACE", "UNION"), _context, 1),
    "fromContext": (("ARGUMENT_DEFINITION",), _from_context, 1),
    "deprecated": (("FIELD_DEFINITION", "ENUM_VALUE", "ARGUMENT_DEFINITION", "INPUT_FIELD_DEFINITION"), _reason, 1),
}
"""Directive -> where it may stand, its arguments, and how often it is chosen."""

_BUILT_IN = frozenset({"deprecated"})


def random_application(source: Source, random: Random) -> tuple[Part, str] | None:
    """A part and an application for it, by the name the directive has in this subgraph; None when none fits."""
    name = random.choices(list(DIRECTIVES), [weight for _, _, weight in DIRECTIVES.values()])[0]
    locations, write, _ = DIRECTIVES[name]
    if random.random() < 0.02:
        locations = _ANY
    parts = [part for part in source.parts if part.location in locations]
    if not parts:
        return None
    part = random.choice(parts)
    if write is _provides and getattr(part.node, "type", None) is None:
        return None
    return part, f"@{local_name(source, name)}{write(source, part, random)}"


def local_name(source: Source, name: str) -> str:
    """What a federation directive is called in a subgraph (link specification v1.0)."""
    link = source.federation_link
    if link is None or name in _BUILT_IN:
        return name
    imports = imported_names(source)
    if name in imports:
        return imports[name]
    return f"{string_of(link, 'as') or 'federation'}__{name}"


def imported_names(source: Source) -> dict[str, str]:
    """The directives that the federation link imports, with their names here."""
    link = source.federation_link
    listed = next((each.value for each in link.arguments if each.name.value == "import"), None) if link else None
    found: dict[str, str] = {}
    for item in listed.values if isinstance(listed, ListValueNode) else ():
        if isinstance(item, StringValueNode):
            found[item.value.removeprefix("@")] = item.value.removeprefix("@")
        else:
            words = {each.name.value: getattr(each.value, "value", "") for each in getattr(item, "fields", None) or ()}
            original = words.get("name", "").removeprefix("@")
            found[original] = words.get("as", original).removeprefix("@")
    return found


def random_field_set(source: Source, type_name: str, random: Random, depth: int = 2) -> str:
    """Some fields of a type, mostly those this subgraph has; below composite fields some of theirs."""
    graph = source if random.random() < 0.8 else random.choice(source.peers)
    fields = graph.fields_of(type_name)
    if not fields or random.random() < 0.03:
        return random.choice(["id", "nothing", "__typename", "id {", ""])
    chosen = random.sample(fields, min(len(fields), random.choice([1, 1, 1, 2])))
    return " ".join(_selected(graph, each, random, depth) for each in chosen)


def _selected(source: Source, each: object, random: Random, depth: int) -> str:
    name: str = each.name.value  # type: ignore[attr-defined]  # a field definition
    kind = inner_type(each.type)  # type: ignore[attr-defined]  # a field definition
    is_composite = any(node.name.value == kind for node in source.of_kind(*_COMPOSITE))
    if is_composite and depth > 0:
        return f"{name} {{ {random_field_set(source, kind, random, depth - 1)} }}"
    return name
