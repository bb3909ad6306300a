"""`@defer` put into operations at random, and answers in parts put together again as a client does."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from random import Random
from typing import Any

from graphql import GraphQLSchema, execute_sync, parse, print_ast, validate
from graphql.language import (
    ArgumentNode,
    BooleanValueNode,
    DefinitionNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    NameNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    StringValueNode,
)

from entrepot.router.execution import CompiledPlan, ExecutionRequest, Payload, SubgraphRequest
from tests.support.scripted_transport import ScriptedTransport

Json = Any
_IS_DEFERRED = 0.4
_DEFER = re.compile(r" @defer(\([^)]*\))?")


def defer_randomly(text: str, random: Random) -> str:
    """The operation with some of its fragments deferred, and some of its fields in deferred fragments.

    Nothing is deferred at the root of a mutation, nor in a fragment that could be spread there.
    """
    document = parse(text)
    writer = _Writer(random)
    definitions: list[DefinitionNode] = []
    for definition in document.definitions:
        assert isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode)
        is_serial = isinstance(definition, OperationDefinitionNode) and definition.operation is OperationType.MUTATION
        selected = writer.rewrite(definition.selection_set, may_defer=not is_serial)
        definitions.append(replace(definition, selection_set=selected))
    return print_ast(DocumentNode(definitions=tuple(definitions)))


def remove_defer(text: str) -> str:
    """The operation without the directive: all parts together are its answer."""
    return _DEFER.sub("", text)


async def run_parts(compiled: CompiledPlan, request: ExecutionRequest) -> list[Payload]:
    """All payloads of an execution; no part may have an error."""
    execution = compiled.execute_deferred(request)
    payloads = [await execution.begin()]
    if payloads[0].has_next:
        payloads += [payload async for payload in execution.continue_()]
    assert payloads[0].result is not None
    assert payloads[0].result.errors == []
    assert not any(item.errors for payload in payloads for item in payload.delivered)
    assert not any(item.errors for payload in payloads for item in payload.completed)
    return payloads


class _Writer:
    def __init__(self, random: Random) -> None:
        self._random = random
        self._count = 0

    def rewrite(self, node: SelectionSetNode, *, may_defer: bool) -> SelectionSetNode:
        selections = [self._rewrite(item, may_defer=may_defer) for item in node.selections]
        if may_defer and selections and self._random.random() < _IS_DEFERRED:
            start = self._random.randrange(len(selections))
            end = self._random.randint(start + 1, len(selections))
            inner = SelectionSetNode(selections=tuple(selections[start:end]))
            # What is selected at once as well is not deferred: as it was, since a label is used once.
            kept = node.selections[start:end] if self._random.random() < 0.2 else ()
            fragment = InlineFragmentNode(directives=(self._defer(),), selection_set=inner)
            selections[start:end] = [*kept, fragment]
        return SelectionSetNode(selections=tuple(selections))

    def _rewrite(self, node: SelectionNode, *, may_defer: bool) -> SelectionNode:
        if isinstance(node, FieldNode):
            if node.selection_set is None:
                return node
            return replace(node, selection_set=self.rewrite(node.selection_set, may_defer=True))
        assert isinstance(node, InlineFragmentNode | FragmentSpreadNode)
        if may_defer and self._random.random() < _IS_DEFERRED:
            node = replace(node, directives=(*(node.directives or ()), self._defer()))
        if isinstance(node, InlineFragmentNode):
            return replace(node, selection_set=self.rewrite(node.selection_set, may_defer=may_defer))
        return node

    def _defer(self) -> DirectiveNode:
        self._count += 1
        arguments: list[ArgumentNode] = []
        if self._random.random() < 0.5:
            label = StringValueNode(value=f"label{self._count}")
            arguments.append(ArgumentNode(name=NameNode(value="label"), value=label))
        if self._random.random() < 0.1:
            value = BooleanValueNode(value=self._random.random() < 0.5)
            arguments.append(ArgumentNode(name=NameNode(value="if"), value=value))
        return DirectiveNode(name=NameNode(value="defer"), arguments=tuple(arguments))


def merge_current(payloads: Iterable[bytes]) -> Json:
    """The data of all payloads of the current format; fails where an id is unknown, used up or never completed."""
    data: Json = None
    paths: dict[str, list[Any]] = {}
    for number, text in enumerate(payloads):
        payload = json.loads(text)
        if number == 0:
            data = payload["data"]
        for item in payload.get("pending", ()):
            assert item["id"] not in paths
            paths[item["id"]] = item["path"]
        for item in payload.get("incremental", ()):
            merge(_find(data, [*paths[item["id"]], *item.get("subPath", ())]), item["data"], is_new=True)
        for item in payload.get("completed", ()):
            del paths[item["id"]]
        assert payload["hasNext"] is bool(paths), payload
    return data


def merge_labelled(payloads: Iterable[bytes]) -> Json:
    """The data of all payloads of the format of 2022."""
    data: Json = None
    for number, text in enumerate(payloads):
        payload = json.loads(text)
        if number == 0:
            data = payload["data"]
        for item in payload.get("incremental", ()):
            merge(_find(data, item["path"]), item["data"], is_new=False)
    return data


def merge(target: Json, source: Json, *, is_new: bool) -> None:
    """Adds the keys of one object to another in depth; with `is_new` none may be there already."""
    for key, value in source.items():
        known = target.get(key)
        assert key not in target or not is_new, key
        target[key] = _merge_values(known, value) if key in target else value


def _merge_values(known: Json, value: Json) -> Json:
    if isinstance(known, dict) and isinstance(value, dict):
        merge(known, value, is_new=False)
        return known
    if isinstance(known, list) and isinstance(value, list):
        assert len(known) == len(value)
        return [_merge_values(left, right) for left, right in zip(known, value, strict=True)]
    assert known == value or not isinstance(known, dict | list)
    return value


def _find(data: Json, path: Iterable[Any]) -> Json:
    for step in path:
        data = data[step]
    return data


def transport_to(subgraphs: Mapping[str, GraphQLSchema]) -> ScriptedTransport:
    """Subgraphs without a network; each replies after a turn of the event loop, so that parts run mixed."""

    async def respond(request: SubgraphRequest) -> dict[str, Any]:
        await asyncio.sleep(0)
        body = json.loads(request.body)
        schema = subgraphs[request.subgraph]
        assert validate(schema, parse(body["query"])) == [], body["query"]
        return dict(execute_sync(schema, parse(body["query"]), variable_values=body.get("variables")).formatted)

    return ScriptedTransport(respond=respond)
