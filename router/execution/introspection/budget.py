"""How many values the answer to an introspection may have, where nothing is configured: by the size of the schema."""

from __future__ import annotations

from functools import cache
from typing import Final
from weakref import WeakKeyDictionary

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    get_introspection_query,
    parse,
)

from entrepot.router.execution.introspection.evaluation import Evaluation
from entrepot.router.execution.introspection.selections import Selector

SMALLEST: Final = 50_000
FACTOR: Final = 4
"""How many times the whole schema may be asked for in one operation, where that is more than `SMALLEST` values."""

_budgets: WeakKeyDictionary[GraphQLSchema, int] = WeakKeyDictionary()


def find_budget(schema: GraphQLSchema) -> int:
    """The limit of values for a schema, worked out once."""
    found = _budgets.get(schema)
    if found is None:
        found = _budgets[schema] = max(SMALLEST, FACTOR * count_whole(schema))
    return found


def count_whole(schema: GraphQLSchema) -> int:
    """The values of the answer to the usual introspection query, which tools send."""
    document = _parse_whole()
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    selected = Selector(fragments, {}).select_root(operation.selection_set.selections)
    evaluation = Evaluation(schema, selected, None)
    for _ in evaluation.run():
        pass
    return evaluation.values


@cache
def _parse_whole() -> DocumentNode:
    return parse(
        get_introspection_query(
            specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
        )
    )
