"""`@cost(weight:)` and `@listSize(...)`: what an operation may cost, for demand control."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from graphql import GraphQLError, parse
from graphql.language import FieldNode, OperationDefinitionNode, SelectionSetNode

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


Path = tuple[str, ...]
_NAME: Final = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")


@dataclass(frozen=True, slots=True)
class ListSize:
    """How long a list is assumed to be, and which arguments and fields decide it.

    A slicing argument may be a path into an input object (`input.first`), a sized field one into the objects below the
    field (`page.items` or `page { items }`). `requires_one_slicing_argument` says that exactly one of the slicing
    arguments must be given.
    """

    assumed_size: int | None
    slicing_arguments: tuple[str, ...]
    sized_fields: tuple[str, ...]
    requires_one_slicing_argument: bool = True


def read_paths(text: str) -> tuple[Path, ...]:
    """The paths of names that a slicing argument or sized field says, dotted or as a selection; none if unreadable."""
    names = tuple(name.strip() for name in text.split("."))
    if all(map(_NAME.fullmatch, names)):
        return (names,)
    try:
        document = parse(f"{{ {text} }}", no_location=True)
    except GraphQLError:
        return ()
    (definition,) = document.definitions[:1]
    assert isinstance(definition, OperationDefinitionNode)
    return tuple(_read_leaves(definition.selection_set)) if len(document.definitions) == 1 else ()


def _read_leaves(node: SelectionSetNode) -> Iterator[Path]:
    for item in node.selections:
        if not isinstance(item, FieldNode):
            continue
        if item.selection_set is None:
            yield (item.name.value,)
        else:
            yield from ((item.name.value, *inner) for inner in _read_leaves(item.selection_set))


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
