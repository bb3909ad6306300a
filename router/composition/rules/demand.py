"""`@cost` and `@listSize` must describe what is there."""

from __future__ import annotations

from collections.abc import Iterator

from entrepot.router.composition.definitions import AppliedDirective, FieldDefinition, Kind
from entrepot.router.composition.errors import CompositionError
from entrepot.router.composition.merge import MergeState
from entrepot.router.composition.rules.field_sets import located
from entrepot.router.composition.subgraph import Subgraph
from entrepot.router.composition.type_references import is_list, named_type, nullable
from entrepot.router.federation.demand import ListSize, Path, parse_list_size, read_paths
from entrepot.router.federation.link import FEDERATION_IDENTITY


def check_cost(subgraph: Subgraph, *, is_of_federation: bool = True) -> list[CompositionError]:
    """Report costs on interface fields, whose implementations decide them; of the link named by `is_of_federation`."""
    return [
        located(
            "COST_APPLIED_TO_INTERFACE_FIELD",
            f'"{each.coordinate}" is an interface field and has no cost; put @cost on its implementations.',
            application.location,
        )
        for definition in subgraph.schema.of_kind(Kind.INTERFACE)
        for each in definition.fields.values()
        for application in each.applied("cost")
        if _is_of_federation(subgraph, application) == is_of_federation
    ]


def check_list_sizes(subgraph: Subgraph, *, is_of_federation: bool = True) -> list[CompositionError]:
    """Report list sizes of what is no list, with negative sizes, or that name what is not there."""
    errors: list[CompositionError] = []
    for definition in subgraph.schema.composite_types():
        for each in definition.fields.values():
            for application in each.applied("listSize"):
                if _is_of_federation(subgraph, application) != is_of_federation:
                    continue
                problems = _check_list_size(subgraph, each, parse_list_size(application.arguments))
                errors += [located(code, message, application.location) for code, message in problems]
    return errors


def check_separate_demand(state: MergeState) -> list[CompositionError]:
    """The same where a subgraph links the cost specification by itself: last, since nothing else depends on it."""
    return [
        error
        for subgraph in state.subgraphs
        for rule in (check_cost, check_list_sizes)
        for error in rule(subgraph, is_of_federation=False)
    ]


def _is_of_federation(subgraph: Subgraph, application: AppliedDirective) -> bool:
    link = subgraph.link_of(application.name)
    return link is None or link.identity == FEDERATION_IDENTITY


def _check_list_size(subgraph: Subgraph, owner: FieldDefinition, size: ListSize) -> Iterator[tuple[str, str]]:
    where = f'@listSize on "{owner.coordinate}"'
    if not size.sized_fields and not is_list(owner.type):
        yield "LIST_SIZE_APPLIED_TO_NON_LIST", f'{where}: "{owner.type}" is no list; name its lists in `sizedFields`.'
    if size.assumed_size is not None and size.assumed_size < 0:
        message = f"{where}: the assumed size {size.assumed_size} is negative; give 0 or more."
        yield "LIST_SIZE_INVALID_ASSUMED_SIZE", message
    for name in size.slicing_arguments:
        paths = read_paths(name)
        if not paths or not all(_is_integer(subgraph, owner, path) for path in paths):
            message = (
                f'{where}: "{name}" is no argument of the field of type Int, nor a path to one in an input object; '
                "name one that is."
            )
            yield "LIST_SIZE_INVALID_SLICING_ARGUMENT", message
    for name in size.sized_fields:
        for sized, parent in [_find_sized(subgraph, owner, path) for path in read_paths(name)] or [(None, owner.type)]:
            if sized is None:
                message = f'{where}: "{named_type(parent)}" has no field "{name}" to be sized; name one of its lists.'
                yield "LIST_SIZE_INVALID_SIZED_FIELD", message
            elif not is_list(sized.type):
                message = (
                    f'{where}: the sized field "{name}" is of type "{sized.type}" and no list; name one of the lists.'
                )
                yield "LIST_SIZE_APPLIED_TO_NON_LIST", message


def _is_integer(subgraph: Subgraph, owner: FieldDefinition, path: Path) -> bool:
    """Whether the path leads from an argument of the field, through input objects, to an Int."""
    argument = owner.arguments.get(path[0])
    found = argument.type if argument is not None else None
    for step in path[1:]:
        parent = subgraph.schema.types.get(nullable(found)) if found is not None else None
        inner = parent.input_fields.get(step) if parent is not None else None
        found = inner.type if inner is not None else None
    return found is not None and nullable(found) == "Int"


def _find_sized(subgraph: Subgraph, owner: FieldDefinition, path: Path) -> tuple[FieldDefinition | None, str]:
    """The field at the end of the path, None where there is none, and the type that should have it."""
    found, parent = owner, owner.type
    for step in path:
        parent = found.type
        definition = subgraph.schema.types.get(named_type(parent))
        inner = definition.fields.get(step) if definition is not None else None
        if inner is None:
            return None, parent
        found = inner
    return found, parent
