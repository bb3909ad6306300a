"""The introspection fields of one plan, each answered once per value of its variables while the answers are small."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from graphql import (
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableNode,
    Visitor,
    parse,
    visit,
)

from entrepot.router.execution.conditions import build_disjunction_test
from entrepot.router.execution.introspection.budget import find_budget
from entrepot.router.execution.introspection.evaluation import Evaluation
from entrepot.router.execution.introspection.selections import Selector
from entrepot.router.execution.json_text import encode_json
from entrepot.router.plan import IntrospectionField
from entrepot.shared.clock import give_way

KEPT_BYTES: Final = 2 * 1024 * 1024
"""What the cached answers of one plan may weigh together."""
_KEY_WEIGHT: Final = 256


class Introspection:
    """The introspection fields of one plan over one API schema.

    `limit` is the most values that they may have together; None: by the size of the schema. `weight` is what the
    cached answers weigh, and `on_growth` is called whenever it has grown.
    """

    def __init__(self, fields: tuple[IntrospectionField, ...], api_schema: GraphQLSchema, limit: int | None) -> None:
        self._fields = tuple((field, build_disjunction_test(field.conditions), _Question(field)) for field in fields)
        self._api_schema = api_schema
        self._limit = limit
        self._answers: dict[bytes, tuple[Any, int]] = {}
        self.weight = 0
        self.evaluations = 0
        self.on_growth: Callable[[], None] | None = None

    async def answer(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The value of each field that is there for these variables, by its key; raises IntrospectionTooLarge.

        It is worked out in slices, between which other requests have their turn.
        """
        left = find_budget(self._api_schema) if self._limit is None else self._limit
        data: dict[str, Any] = {}
        for field, test, question in self._fields:
            if test is None or test(variables):
                data[field.key], values = await self._ask(field, question, variables, left)
                left -= values
        return data

    async def _ask(
        self, field: IntrospectionField, question: _Question, variables: Mapping[str, Any], left: int
    ) -> tuple[Any, int]:
        used = {name: variables[name] for name in question.variables if name in variables}
        identity = encode_json([field.key, used])
        known = self._answers.get(identity)
        if known is not None and known[1] <= left:
            return known
        self.evaluations += 1
        selected = Selector(question.fragments, used).select_root(question.selections)
        evaluation = Evaluation(self._api_schema, selected, left)
        for _ in evaluation.run():
            await give_way()
        answer = (evaluation.data.get(field.key), evaluation.values)
        self._keep(identity, answer, evaluation.weight + len(identity) + _KEY_WEIGHT)
        return answer

    def _keep(self, identity: bytes, answer: tuple[Any, int], weight: int) -> None:
        if weight > KEPT_BYTES:
            return
        if self.weight + weight > KEPT_BYTES:
            self._answers.clear()
            self.weight = 0
        if identity not in self._answers:
            self._answers[identity] = answer
            self.weight += weight
            if self.on_growth is not None:
                self.on_growth()


class _Question:
    """A field as a document of its own, with the names of the variables that it uses."""

    def __init__(self, field: IntrospectionField) -> None:
        text = field.operation.strip()
        document = parse(text if text.startswith(("{", "query", "fragment")) else f"{{ {text} }}")
        self.fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        operations = (node for node in document.definitions if isinstance(node, OperationDefinitionNode))
        self.selections = next(operations).selection_set.selections
        names = _VariableNames()
        visit(document, names)
        self.variables = tuple(names.found)


class _VariableNames(Visitor):
    """Collects the variables that arguments use."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, None] = {}

    def enter_argument(self, node: Any, *_: Any) -> None:
        if isinstance(node.value, VariableNode):
            self.found.setdefault(node.value.name.value)


def add_introspected(data: dict[str, Any], introspected: Mapping[str, Any], root_keys: Iterable[str]) -> dict[str, Any]:
    """The data of the root with the fields of introspection, in the client's order (GraphQL section 7.2.2)."""
    whole = {**data, **introspected}
    return {**{key: whole[key] for key in root_keys if key in whole}, **whole}
