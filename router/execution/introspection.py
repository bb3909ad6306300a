"""`__schema` and `__type`, resolved by graphql-core over the API schema, once per distinct selection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from graphql import (
    ArgumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    VariableNode,
    Visitor,
    execute_sync,
    parse,
    visit,
)

from entrepot.router.execution.conditions import build_disjunction_test
from entrepot.router.execution.json_text import encode_json
from entrepot.router.plan import IntrospectionField

MAXIMUM_ANSWERS = 64
# The arguments that introspection and its directives take (GraphQL specification, section 4.2); others are Boolean.
_ARGUMENT_TYPES = {"name": "String!", "if": "Boolean!"}


class Introspection:
    """The introspection fields of one plan over one API schema."""

    def __init__(self, fields: tuple[IntrospectionField, ...], api_schema: GraphQLSchema) -> None:
        self._fields = tuple((field, build_disjunction_test(field.conditions), _Question(field)) for field in fields)
        self._api_schema = api_schema
        self._answers: dict[bytes, tuple[Any, list[dict[str, Any]]]] = {}

    def answer(self, variables: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The value of each field that is there for these variables, by its key, and the errors met."""
        data: dict[str, Any] = {}
        errors: list[dict[str, Any]] = []
        for field, test, question in self._fields:
            if test is None or test(variables):
                value, found = self._ask(field, question, variables)
                data[field.key] = value
                errors += found
        return data, errors

    def _ask(
        self, field: IntrospectionField, question: _Question, variables: Mapping[str, Any]
    ) -> tuple[Any, list[dict[str, Any]]]:
        used = {name: variables[name] for name in question.variables if name in variables}
        identity = encode_json([field.key, used])
        if identity not in self._answers:
            if len(self._answers) >= MAXIMUM_ANSWERS:
                self._answers.clear()
            result = execute_sync(self._api_schema, question.document, variable_values=used)
            errors = [{"message": error.message, "path": error.path} for error in result.errors or []]
            self._answers[identity] = ((result.data or {}).get(field.key), errors)
        return self._answers[identity]


def add_introspected(data: dict[str, Any], introspected: Mapping[str, Any], root_keys: Iterable[str]) -> dict[str, Any]:
    """The data of the root with the fields of introspection, in the client's order (GraphQL section 7.2.2)."""
    whole = {**data, **introspected}
    return {**{key: whole[key] for key in root_keys if key in whole}, **whole}


class _Question:
    """A field as a document of its own, with definitions of the variables that it uses."""

    def __init__(self, field: IntrospectionField) -> None:
        text = field.operation.strip()
        document = parse(text if text.startswith(("{", "query", "fragment")) else f"{{ {text} }}")
        variables = _VariableTypes()
        visit(document, variables)
        self.variables = tuple(variables.types)
        has_definitions = any(
            getattr(definition, "variable_definitions", None)
            for definition in document.definitions
            if not isinstance(definition, FragmentDefinitionNode)
        )
        if variables.types and not has_definitions:
            definitions = ", ".join(f"${name}: {kind}" for name, kind in variables.types.items())
            body = text.removeprefix("query").strip()
            document = parse(f"query({definitions}) " + (body if body.startswith("{") else f"{{ {body} }}"))
        self.document = document


class _VariableTypes(Visitor):
    """Collects the variables that arguments use, with the type that the argument has."""

    def __init__(self) -> None:
        super().__init__()
        self.types: dict[str, str] = {}

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        if isinstance(node.value, VariableNode):
            self.types.setdefault(node.value.name.value, _ARGUMENT_TYPES.get(node.name.value, "Boolean"))
