"""Failed places of a result: markers while it is made, errors with paths and null propagation once it is complete.

A result without a failure is never walked. One with failures is walked once, in document order
(GraphQL specification, section 6.4.4 "Handling Execution Errors").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from graphql import FieldNode, GraphQLError
from graphql.error import located_error

from entrepot.shared.graphql.execution.markers import Failure
from entrepot.shared.graphql.execution.plan import FieldStep, Selection, Shape

Path = list[str | int]


class _Nulled:
    """Says that a place could not be null and failed: its parent becomes null."""


_NULLED: Final = _Nulled()


class NullPropagation:
    """Replaces the markers of one result by nulls, and collects the errors in document order.

    `abstract` lists the result objects of fields with an abstract type beside the selection that made each of them.
    """

    def __init__(self, abstract: Sequence[tuple[Selection, list[dict[str, Any]]]]) -> None:
        self.errors: list[GraphQLError] = []
        self._selections = {id(out): selection for selection, outs in abstract for out in outs}

    def apply(self, selection: Selection, out: dict[str, Any], path: Path) -> bool:
        """Replace the markers below `out` in place; whether the object survives."""
        known = len(self.errors)
        for step in selection.steps:
            value = self._complete_value(step.shape, out[step.key], step, [*path, step.key])
            if value is _NULLED:
                # The errors of places that vanish with the object vanish too, save the one that nulled it.
                del self.errors[known:-1]
                return False
            out[step.key] = value
        return True

    def _complete_value(self, shape: Shape, value: Any, step: FieldStep, path: Path) -> Any:
        if isinstance(value, Failure):
            self.errors.append(locate(value.error, step.nodes, path))
            return _NULLED if shape.is_required else None
        if value is None or shape.kind == "leaf":
            return value
        if shape.kind == "list":
            assert shape.item is not None
            return self._complete_items(shape, value, step, path)
        selection = self._selections.get(id(value)) or shape.selection
        assert selection is not None
        if self.apply(selection, value, path):
            return value
        return _NULLED if shape.is_required else None

    def _complete_items(self, shape: Shape, items: list[Any], step: FieldStep, path: Path) -> Any:
        assert shape.item is not None
        known = len(self.errors)
        for position, item in enumerate(items):
            value = self._complete_value(shape.item, item, step, [*path, position])
            if value is _NULLED:
                del self.errors[known:-1]
                return _NULLED if shape.is_required else None
            items[position] = value
        return items


def locate(error: Exception, nodes: Sequence[FieldNode], path: Path) -> GraphQLError:
    """The error with the place in the document and in the result where it occurred."""
    return located_error(error, list(nodes), path)
