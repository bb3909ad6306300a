"""Arguments of a field: coerced once when they are constant, once per run when they depend on variables."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

from graphql import FieldNode, GraphQLField, ValueNode, Visitor, visit
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.schema.config import StrawberryConfig
from strawberry.types import Info
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

_IMMUTABLE: Final = (str, int, float, bool, type(None), Enum)


class Arguments:
    """The arguments of one field node, as keyword arguments of the resolver.

    `definition` is None for a field that Strawberry does not know: its resolver takes GraphQL names and values.
    """

    def __init__(
        self,
        field: GraphQLField,
        node: FieldNode,
        definition: StrawberryField | None,
        registry: Mapping[object, Any],
        config: StrawberryConfig,
    ) -> None:
        self._field = field
        self._node = node
        self._definition = definition
        self._registry = registry
        self._config = config
        self._coerced: dict[str, Any] | None = None
        self._constant: dict[str, Any] | None = None
        if not _uses_variables(node):
            self._keep_constant()

    def resolve(self, variables: VariableValues, info: Info | None = None) -> dict[str, Any]:
        """Keyword arguments of the resolver; raises GraphQLError for a value that cannot be coerced."""
        if self._constant is not None:
            return self._constant
        coerced = self._coerced
        if coerced is None:
            coerced = get_argument_values(self._field, self._node, variables, hide_suggestions=True)
        return self._convert(coerced, info)

    def _keep_constant(self) -> None:
        try:
            self._coerced = get_argument_values(self._field, self._node, hide_suggestions=True)
            converted = self._convert(self._coerced)
        except Exception:  # noqa: BLE001 - raised again, for each run, by `resolve`
            self._coerced = None
            return
        # An input object may be changed by the resolver that gets it, so each run has its own.
        if all(isinstance(value, _IMMUTABLE) for value in converted.values()):
            self._constant = converted

    def _convert(self, coerced: dict[str, Any], info: Info | None = None) -> dict[str, Any]:
        if self._definition is None:
            return coerced
        return convert_arguments(coerced, self._definition.arguments, self._registry, self._config, info)


class _FindVariable(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def enter_variable(self, *_: Any) -> Any:
        self.found = True
        return self.BREAK


def _uses_variables(node: FieldNode) -> bool:
    return any(_has_variable(argument.value) for argument in node.arguments or ())


def _has_variable(value: ValueNode) -> bool:
    finder = _FindVariable()
    visit(value, finder)
    return finder.found
