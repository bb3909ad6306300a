"""How long lists are estimated to be: `@listSize` with its slicing arguments and sized fields, at any depth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLInputObjectType, GraphQLList, GraphQLNonNull, GraphQLSchema, Undefined, get_named_type

from entrepot.router.errors import ListSizeUnknown
from entrepot.router.federation.demand import ListSize, Path, read_paths
from entrepot.router.pipeline.demand_control.argument_costs import ArgumentValue, read_argument, read_default
from entrepot.router.selection import Argument

Variables = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SlicingArgument:
    """An argument that says how long a list may be, or a field of an input object in it.

    `default` stands for an argument that is not given; `steps` are the names and defaults of the input fields to read.
    """

    name: str
    value: ArgumentValue | None
    default: Any
    steps: tuple[tuple[str, Any], ...] = ()

    def read(self, variables: Variables) -> int | None:
        """The number; None when there is none. Of several objects, the sum; a list counts its entries."""
        value = Undefined if self.value is None else self.value.read(variables)
        return _measure(self.default if value is Undefined else value, self.steps)


@dataclass(frozen=True, slots=True)
class SizedField:
    """A field whose length is decided further out; `is_sized` says so of itself, `below` of fields of its objects."""

    is_sized: bool = False
    below: Mapping[str, SizedField] = field(default_factory=dict)

    def spread(self, size: int) -> InheritedSize:
        return InheritedSize(
            size if self.is_sized else None, {name: item.spread(size) for name, item in self.below.items()}
        )


@dataclass(frozen=True, slots=True)
class InheritedSize:
    """What a field around decided: the length of a list, None for not of this one, and of lists below it."""

    size: int | None = None
    below: Mapping[str, InheritedSize] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sizing:
    """How long the list of a field is estimated to be, or those of its sized fields."""

    coordinate: str
    declared: ListSize
    arguments: tuple[SlicingArgument, ...]
    sized: SizedField
    default: int

    def estimate(self, variables: Variables, *, is_strict: bool) -> int:
        """The length; raises ListSizeUnknown where exactly one slicing argument must be given and is not."""
        given = [number for argument in self.arguments if (number := argument.read(variables)) is not None]
        if is_strict and self.arguments and self.declared.requires_one_slicing_argument and len(given) != 1:
            names = ", ".join(f"`{argument.name}`" for argument in self.arguments)
            raise ListSizeUnknown(
                f"{self.coordinate} needs exactly one of {names}, so that what it costs is known.",
                extensions={"coordinate": self.coordinate, "arguments": [item.name for item in self.arguments]},
            )
        if given:
            return max(0, *given)
        assumed = self.declared.assumed_size
        return self.default if assumed is None else assumed


def build_sizing(
    coordinate: str, declared: ListSize, definition: Any, given: Mapping[str, Argument], default: int
) -> Sizing:
    """The sizing of a selected field; what `declared` names and the schema does not have is passed over."""
    arguments = tuple(
        argument
        for name in declared.slicing_arguments
        for path in read_paths(name)
        if (argument := _build_argument(name, path, definition, given)) is not None
    )
    return Sizing(coordinate, declared, arguments, _build_sized(declared), default)


def list_unusable(schema: GraphQLSchema, list_sizes: Mapping[tuple[str, str], ListSize]) -> Iterator[str]:
    """What `@listSize` names that the schema does not have, so that lists are estimated without it."""
    for (type_name, field_name), declared in sorted(list_sizes.items()):
        definition = getattr(schema.type_map.get(type_name), "fields", {}).get(field_name)
        if definition is None:
            continue
        where = f"@listSize on {type_name}.{field_name}"
        for name in declared.slicing_arguments:
            paths = read_paths(name)
            if not paths or any(_build_argument(name, path, definition, {}) is None for path in paths):
                yield f"{where}: the slicing argument {name!r} is no argument, nor a path into one."
        for name in declared.sized_fields:
            paths = read_paths(name)
            if not paths or any(not _leads_to_list(path, get_named_type(definition.type), schema) for path in paths):
                yield f"{where}: the sized field {name!r} is no list, nor a path to one."


def _build_argument(name: str, path: Path, definition: Any, given: Mapping[str, Argument]) -> SlicingArgument | None:
    argument = definition.args.get(path[0])
    if argument is None:
        return None
    steps: list[tuple[str, Any]] = []
    kind: Any = get_named_type(argument.type)
    for step in path[1:]:
        if not isinstance(kind, GraphQLInputObjectType) or step not in kind.fields:
            return None
        item = kind.fields[step]
        steps.append((step, read_default(getattr(item.ast_node, "default_value", None))))
        kind = get_named_type(item.type)
    default = read_default(getattr(argument.ast_node, "default_value", None))
    value = read_argument(given[path[0]]) if path[0] in given else None
    return SlicingArgument(name, value, default, tuple(steps))


def _build_sized(declared: ListSize) -> SizedField:
    tree: dict[str, Any] = {}
    ends: set[Path] = {path for name in declared.sized_fields for path in read_paths(name)}
    for path in ends:
        place = tree
        for step in path:
            place = place.setdefault(step, {})

    def build(place: Mapping[str, Any], path: Path) -> SizedField:
        return SizedField(path in ends, {step: build(inner, (*path, step)) for step, inner in place.items()})

    return build(tree, ())


def _leads_to_list(path: Path, kind: Any, schema: GraphQLSchema) -> bool:
    """Whether some object of the type has a list at the end of the path."""
    possible = [kind] if hasattr(kind, "fields") else schema.get_possible_types(kind) if hasattr(kind, "types") else []
    for each in possible:
        found = each.fields.get(path[0])
        if found is None:
            continue
        if len(path) > 1:
            if _leads_to_list(path[1:], get_named_type(found.type), schema):
                return True
        elif isinstance(found.type.of_type if isinstance(found.type, GraphQLNonNull) else found.type, GraphQLList):
            return True
    return False


def _measure(value: Any, steps: tuple[tuple[str, Any], ...]) -> int | None:
    if isinstance(value, list):
        if not steps:
            return len(value)
        found = [number for item in value if (number := _measure(item, steps)) is not None]
        return sum(found) if found else None
    if not steps:
        return value if isinstance(value, int) and not isinstance(value, bool) else None
    if not isinstance(value, Mapping):
        return None
    (name, default), *rest = steps
    return _measure(value.get(name, default), tuple(rest))
