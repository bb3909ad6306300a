"""`@cost(weight:)` and `@listSize(...)`: what an operation may cost, for demand control."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.router.federation.directive import Arguments, ArgumentSpecification, DirectiveSpecification

COST = DirectiveSpecification(
    name="cost",
    arguments=(ArgumentSpecification("weight", "Int!"),),
    locations=("ARGUMENT_DEFINITION", "ENUM", "FIELD_DEFINITION", "INPUT_FIELD_DEFINITION", "OBJECT", "SCALAR"),
    since=(2, 9),
    feature="cost",
)

LIST_SIZE = DirectiveSpecification(
    name="listSize",
    arguments=(
        ArgumentSpecification("assumedSize", "Int"),
        ArgumentSpecification("slicingArguments", "[String!]"),
        ArgumentSpecification("sizedFields", "[String!]"),
        ArgumentSpecification("requireOneSlicingArgument", "Boolean", "true"),
    ),
    locations=("FIELD_DEFINITION",),
    since=(2, 9),
    feature="cost",
)


@dataclass(frozen=True, slots=True)
class ListSize:
    """How long a list is assumed to be, and which arguments and fields decide it.

    `requires_one_slicing_argument` says that exactly one of the slicing arguments must be given.
    """

    assumed_size: int | None
    slicing_arguments: tuple[str, ...]
    sized_fields: tuple[str, ...]
    requires_one_slicing_argument: bool = True


def parse_cost(arguments: Arguments) -> int:
    """The weight of one application; without a number, none."""
    weight = arguments.get("weight")
    return int(weight) if isinstance(weight, int | float) else 0


def parse_list_size(arguments: Arguments) -> ListSize:
    """The typed value of one application."""
    size = arguments.get("assumedSize")
    return ListSize(
        size if isinstance(size, int) else None,
        tuple(arguments.get("slicingArguments") or ()),
        tuple(arguments.get("sizedFields") or ()),
        arguments.get("requireOneSlicingArgument") is not False,
    )
