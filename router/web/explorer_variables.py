"""The check of the expressions in the variables of the explorer's tabs, before the router starts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    parse,
)

from entrepot.router.config import ExplorerConfig
from entrepot.router.errors import ConfigurationInvalid

_NAME: Final = r"[_A-Za-z][_0-9A-Za-z]*"
_STEP: Final = rf"\.{_NAME}|\[(?:\d+|\*|\?{_NAME}(?:\.{_NAME})*)\]"
_SOURCE: Final = re.compile(rf"({_NAME})((?:{_STEP})+)")
_UUID: Final = re.compile(r"uuid\(\s*\)")
_FORMS: Final = (
    "Write {{ uuid() }} or {{ Operation.path.to.value }} as the whole string, with | between alternatives; "
    "[0], [*] and [?path] select elements of lists"
)


class _Operation:
    """An operation that expressions may name, and what it selects."""

    def __init__(self, definition: OperationDefinitionNode, document: DocumentNode) -> None:
        self.name = definition.name.value if definition.name else ""
        self.is_query = definition.operation is OperationType.QUERY
        self.has_variables = bool(definition.variable_definitions)
        self._root = definition.selection_set
        self._fragments = {
            node.name.value: node.selection_set
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }

    def selects(self, keys: list[str]) -> bool:
        """Whether the response can hold these keys, one below the other; a leaf may be a JSON scalar."""
        levels: list[SelectionSetNode] = [self._root]
        for key in keys:
            fields = [field for level in levels for field in self._fields(level, frozenset()) if _key(field) == key]
            if not fields:
                return False
            levels = [field.selection_set for field in fields if field.selection_set is not None]
            if not levels:
                return True
        return True

    def _fields(self, selections: SelectionSetNode, entered: frozenset[str]) -> Iterator[FieldNode]:
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                yield selection
            elif isinstance(selection, InlineFragmentNode):
                yield from self._fields(selection.selection_set, entered)
            elif isinstance(selection, FragmentSpreadNode):
                name = selection.name.value
                if name in self._fragments and name not in entered:
                    yield from self._fields(self._fragments[name], entered | {name})


def check_variables(config: ExplorerConfig) -> None:
    """Raise ConfigurationInvalid for an expression that can never have a value, and for a lookup that cannot run."""
    tabs = {operation.name: operation for tab in config.default_tabs for operation in _read_operations(tab.query)}
    lookups: dict[str, _Operation] = {}
    for index, lookup in enumerate(config.lookups):
        where = f"explorer.lookups[{index}]"
        operations = _read_operations(lookup.document)
        if len(operations) != 1 or not (operation := operations[0]).name:
            raise ConfigurationInvalid(f"{where}.document must be one named query.")
        if not operation.is_query or operation.has_variables:
            raise ConfigurationInvalid(f"{where}.document must be a query without variables: {operation.name} is not.")
        if operation.name in lookups or operation.name in tabs:
            raise ConfigurationInvalid(
                f"{where}.document: another operation is called {operation.name} too. Rename one."
            )
        if lookup.provided_by not in tabs:
            raise ConfigurationInvalid(
                f"{where}.provided_by is {lookup.provided_by}, but no tab has an operation of that name"
                f"{_suggest(lookup.provided_by, tabs)}."
            )
        lookups[operation.name] = operation
    known = {**tabs, **lookups}
    for index, tab in enumerate(config.default_tabs):
        where = f"explorer.default_tabs[{index}].variables"
        for path, text in _list_texts(_read_variables(tab.variables, where), where):
            if "{{" in text:
                _check_expression(text, path, known)


def _check_expression(text: str, where: str, known: Mapping[str, _Operation]) -> None:
    expression = text.strip()
    if not (expression.startswith("{{") and expression.endswith("}}")):
        raise ConfigurationInvalid(f"{where} holds no valid expression: {text}. {_FORMS}.")
    for alternative in expression[2:-2].split("|"):
        source = alternative.strip()
        if _UUID.fullmatch(source):
            continue
        match = _SOURCE.fullmatch(source)
        if match is None:
            raise ConfigurationInvalid(f"{where} holds no valid expression: {text}. {_FORMS}.")
        name, steps = match.groups()
        operation = known.get(name)
        if operation is None:
            raise ConfigurationInvalid(
                f"{where} names the operation {name}, which neither a tab nor a lookup has{_suggest(name, known)}."
            )
        keys: list[str] = []
        for step in re.findall(_STEP, steps):
            if step.startswith("."):
                keys.append(step[1:])
            filtered = step[2:-1].split(".") if step.startswith("[?") else []
            if not operation.selects([*keys, *filtered]):
                raise ConfigurationInvalid(
                    f"{where} reads {'.'.join([*keys, *filtered])}, which the operation {name} does not select."
                )


def _read_operations(text: str) -> list[_Operation]:
    """The operations of a document; none when it does not parse, for a tab may hold unfinished text."""
    try:
        document = parse(text, no_location=True)
    except GraphQLError:
        return []
    return [_Operation(node, document) for node in document.definitions if isinstance(node, OperationDefinitionNode)]


def _read_variables(variables: str | Mapping[str, Any], where: str) -> Any:
    if not isinstance(variables, str):
        return variables
    if "{{" not in variables:
        return {}
    try:
        return json.loads(variables)
    except ValueError as error:
        raise ConfigurationInvalid(f"{where} holds expressions, so it must be JSON: {error}.") from error


def _list_texts(value: Any, where: str) -> Iterator[tuple[str, str]]:
    """Each string at any depth, with its place."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _list_texts(item, f"{where}.{key}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _list_texts(item, f"{where}[{index}]")


def _key(field: FieldNode) -> str:
    return (field.alias or field.name).value


def _suggest(name: str, known: Mapping[str, Any]) -> str:
    nearest = get_close_matches(name, [each for each in known if each], n=1)
    return f" (did you mean {nearest[0]}?)" if nearest else ""
