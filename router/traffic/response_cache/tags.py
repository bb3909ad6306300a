"""Tags of cache entries, by which they are invalidated.

Every entry has `subgraph:NAME`. An entity has `type:TYPE` and, for each key it was fetched by, `entity:TYPE:KEY`, where
KEY is the value of a key with one field, or the key as a JSON object with sorted names. A tag of `@cacheTag` is used as
formatted. A response that nests objects of a type has `within:TYPE`: which objects it nests is not known, so that it is
invalidated with any of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

import orjson
from graphql import parse, value_from_ast_untyped
from graphql.language import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from entrepot.router.federation.field_set import parse_field_set
from entrepot.router.selection import Field, SelectionSet
from entrepot.router.supergraph import Supergraph
from entrepot.router.supergraph.model import TypeKind

_PLACEHOLDER: Final = re.compile(r"\{\$(args|key)\.([A-Za-z0-9_.]+)\}")
_ENTITIES: Final = "_entities"


def add_nested_tags(tags: Iterable[str]) -> set[str]:
    """The tags, and `within:` tags for the types that they name."""
    found = set(tags)
    for tag in tuple(found):
        kind, _, rest = tag.partition(":")
        if kind in ("type", "entity") and rest:
            found.add(f"within:{rest.partition(':')[0]}")
    return found


class ResponseTags:
    """Reads tags from requests; the analysis of each operation is cached."""

    def __init__(self, supergraph: Supergraph) -> None:
        self._supergraph = supergraph
        self._enum_values = {subgraph.name: subgraph.graph for subgraph in supergraph.subgraphs.values()}
        self._read_operation = lru_cache(maxsize=4096)(self._parse_operation)

    def read_root_tags(self, subgraph: str, body: bytes) -> list[str]:
        """The tags of a response for root fields."""
        content = orjson.loads(body)
        variables = content.get("variables") or {}
        document, nested = self._read_operation(content["query"])
        tags = [f"subgraph:{subgraph}", *(f"within:{name}" for name in nested)]
        for node in _list_root_fields(document):
            for tag in self._supergraph.cache_tags.fields.get((self._query_type, node.name.value), ()):
                if not tag.graphs or self._enum_values.get(subgraph) in tag.graphs:
                    given = {
                        item.name.value: value_from_ast_untyped(item.value, variables) for item in node.arguments or ()
                    }
                    tags += _format(tag.format, "args", given)
        return tags

    def read_nested_types(self, body: bytes) -> frozenset[str]:
        """The types of nested objects in the response."""
        nested: frozenset[str] = self._read_operation(orjson.loads(body)["query"])[1]
        return nested

    def read_entity_tags(self, subgraph: str, text: bytes, nested: Iterable[str]) -> list[str]:
        """The tags of the entity of the representation."""
        representation = orjson.loads(text)
        name = representation.get("__typename")
        tags = [f"subgraph:{subgraph}", f"type:{name}", *(f"within:{other}" for other in nested)]
        definition, graph = self._supergraph.types.get(name), self._enum_values.get(subgraph)
        keys = {join.key for join in definition.joins if join.graph == graph and join.key} if definition else set()
        for key in sorted(keys):
            value = _read_key(representation, parse_field_set(key))
            if value is not None:
                single = next(iter(value.values())) if len(value) == 1 else value
                tags.append(f"entity:{name}:{_print_value(single)}")
        for tag in self._supergraph.cache_tags.types.get(name, ()):
            if not tag.graphs or graph in tag.graphs:
                tags += _format(tag.format, "key", representation)
        return tags

    @property
    def _query_type(self) -> str:
        return self._supergraph.root_types.get("query", "Query")

    def _parse_operation(self, text: str) -> tuple[DocumentNode, frozenset[str]]:
        document = parse(text, no_location=True)
        fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
        nested: set[str] = set()
        self._collect(operation.selection_set, self._query_type, fragments, nested)
        return document, frozenset(nested)

    def _collect(
        self,
        selection_set: SelectionSetNode,
        name: str,
        fragments: Mapping[str, FragmentDefinitionNode],
        nested: set[str],
    ) -> None:
        for node in selection_set.selections:
            if isinstance(node, FragmentSpreadNode):
                fragment = fragments[node.name.value]
                self._collect(fragment.selection_set, fragment.type_condition.name.value, fragments, nested)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition.name.value if node.type_condition else name
                self._collect(node.selection_set, condition, fragments, nested)
            elif isinstance(node, FieldNode) and node.selection_set is not None:
                if node.name.value == _ENTITIES:
                    self._collect(node.selection_set, "_Entity", fragments, nested)
                    continue
                definition = self._supergraph.types.get(name)
                field = definition.fields.get(node.name.value) if definition else None
                inner = field.type.name if field else ""
                nested.update(self._list_objects(inner))
                self._collect(node.selection_set, inner, fragments, nested)

    def _list_objects(self, name: str) -> Iterator[str]:
        definition = self._supergraph.types.get(name)
        if definition is None:
            return
        yield name
        if definition.kind is TypeKind.UNION:
            yield from definition.members
        elif definition.kind is TypeKind.INTERFACE:
            yield from (other.name for other in self._supergraph.types.values() if name in other.interfaces)


def _list_root_fields(document: DocumentNode) -> Iterator[FieldNode]:
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            pending = list(definition.selection_set.selections)
            while pending:
                node = pending.pop()
                if isinstance(node, FieldNode):
                    yield node
                elif isinstance(node, InlineFragmentNode):
                    pending += node.selection_set.selections


def _read_key(value: Any, selections: SelectionSet) -> dict[str, Any] | None:
    """The part of a representation that a key selects; None when a part of it is missing."""
    if not isinstance(value, dict):
        return None
    found: dict[str, Any] = {}
    for item in selections:
        if not isinstance(item, Field) or item.name not in value:
            return None
        inner = _read_key(value[item.name], item.selections) if item.selections else value[item.name]
        if inner is None:
            return None
        found[item.name] = inner
    return found


def _print_value(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _format(text: str, source: str, given: Mapping[str, Any]) -> list[str]:
    """The text with its placeholders filled in; nothing when one of them has no value here."""
    is_whole = True

    def fill(match: re.Match[str]) -> str:
        nonlocal is_whole
        value: Any = given if match[1] == source else None
        for step in match[2].split("."):
            value = value.get(step) if isinstance(value, dict) else None
        is_whole = is_whole and value is not None
        return _print_value(value)

    filled = _PLACEHOLDER.sub(fill, text)
    return [filled] if is_whole else []
