"""`@cost` and `@listSize` must describe what is there."""

from __future__ import annotations

from collections.abc import Iterator

from entrepot.router.composition.definitions import AppliedDirective, FieldDefinition, Kind
from entrepot.router.composition.errors import CompositionError
from entrepot.router.composition.merge import MergeState
from entrepot.router.composition.rules.field_sets import located
from entrepot.router.composition.subgraph import Subgraph
from entrepot.router.composition.type_references import is_list, named_type, nullable
from entrepot.router.federation.demand import ListSize, parse_list_size
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
        argument = owner.arguments.get(name)
        if argument is None or nullable(argument.type) != "Int":
            message = f'{where}: "{name}" is no argument of the field of type Int; name one that is.'
            yield "LIST_SIZE_INVALID_SLICING_ARGUMENT", message
    returned = subgraph.schema.types.get(named_type(owner.type))
    for name in size.sized_fields:
        sized = returned.fields.get(name) if returned else None
        if sized is None:
            message = f'{where}: "{named_type(owner.type)}" has no field "{name}" to be sized; name one of its lists.'
            yield "LIST_SIZE_INVALID_SIZED_FIELD", message
        elif not is_list(sized.type):
            message = f'{where}: the sized field "{name}" is of type "{sized.type}" and no list; name one of the lists.'
            yield "LIST_SIZE_APPLIED_TO_NON_LIST", message
