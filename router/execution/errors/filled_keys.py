"""The response keys that a failed fetch would have filled, read from its operation."""

from __future__ import annotations

from functools import lru_cache

from graphql import DocumentNode, FieldNode, FragmentDefinitionNode, InlineFragmentNode, SelectionSetNode, parse
from graphql.language import FragmentSpreadNode, OperationDefinitionNode

_Selections = list[tuple[str | None, SelectionSetNode]]

# Failures of one fetch come in numbers, and its operation is the same each time.
_MAX_KEPT = 1_000


@lru_cache(maxsize=_MAX_KEPT)
def list_filled_keys(operation: str, alias: str | None) -> tuple[tuple[str | None, str], ...]:
    """The keys in the order of the operation, each with the type that it is asked of, None for any.

    Those of the root, or with `alias` those below that root field. `__typename` does not count.
    """
    document = parse(operation, no_location=True)
    root = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    selections: _Selections = [(None, root.selection_set)]
    if alias is not None:
        selections = [
            (None, field.selection_set)
            for _, field in _list_fields(document, selections)
            if _key_of(field) == alias and field.selection_set is not None
        ]
    fields = _list_fields(document, selections)
    return tuple(dict.fromkeys((on, _key_of(field)) for on, field in fields if field.name.value != "__typename"))


def _list_fields(document: DocumentNode, selections: _Selections) -> list[tuple[str | None, FieldNode]]:
    """The fields of the selections, all fragments opened, each with the innermost type condition around it."""
    fields: list[tuple[str | None, FieldNode]] = []
    for on, selection_set in selections:
        for node in selection_set.selections:
            if isinstance(node, FieldNode):
                fields.append((on, node))
            elif isinstance(node, InlineFragmentNode):
                inner = node.type_condition.name.value if node.type_condition else on
                fields += _list_fields(document, [(inner, node.selection_set)])
            elif isinstance(node, FragmentSpreadNode):
                fields += [
                    found
                    for fragment in document.definitions
                    if isinstance(fragment, FragmentDefinitionNode) and fragment.name.value == node.name.value
                    for found in _list_fields(document, [(fragment.type_condition.name.value, fragment.selection_set)])
                ]
    return fields


def _key_of(field: FieldNode) -> str:
    return (field.alias or field.name).value
