"""SDL as text with its syntax tree, so that a change is a splice and the rest stays as it was written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from graphql import DocumentNode, GraphQLSyntaxError, parse
from graphql.language import DirectiveNode, StringValueNode, TypeDefinitionNode, TypeExtensionNode

_FEDERATION = "specs.apollo.dev/federation/"
_LOCATIONS = {
    "object_type": "OBJECT",
    "interface_type": "INTERFACE",
    "union_type": "UNION",
    "enum_type": "ENUM",
    "scalar_type": "SCALAR",
    "input_object_type": "INPUT_OBJECT",
}


@dataclass(frozen=True)
class Part:
    """A type, field, argument, input field or enum value; `owner` is the type it is in, or itself."""

    node: Any
    location: str
    owner: str


@dataclass
class Source:
    """One subgraph; `peers` are all subgraphs of the graph, itself included."""

    name: str
    text: str
    peers: list[Source] = field(default_factory=list, repr=False)

    @cached_property
    def document(self) -> DocumentNode:
        return parse(self.text)

    @property
    def is_valid(self) -> bool:
        """Whether the text still parses."""
        try:
            return bool(self.document)
        except GraphQLSyntaxError:
            return False

    @cached_property
    def types(self) -> list[Any]:
        """The nodes that define or extend a type."""
        kinds = (TypeDefinitionNode, TypeExtensionNode)
        return [node for node in self.document.definitions if isinstance(node, kinds)]

    @cached_property
    def parts(self) -> list[Part]:
        return list(self._iterate_parts())

    @cached_property
    def links(self) -> list[DirectiveNode]:
        """The applications of `@link`."""
        schemas = (node for node in self.document.definitions if node.kind.startswith("schema"))
        return [each for node in schemas for each in node.directives or () if each.name.value == "link"]

    @property
    def federation_link(self) -> DirectiveNode | None:
        return next((link for link in self.links if _FEDERATION in self.said(link)), None)

    def said(self, node: Any) -> str:
        """The text of a node."""
        return self.text[node.loc.start : node.loc.end]

    def at(self, location: str) -> list[Part]:
        return [part for part in self.parts if part.location == location]

    def of_kind(self, *kinds: str) -> list[Any]:
        """The types whose kind of node begins so: `object_type`, `enum_type` and the like."""
        return [node for node in self.types if node.kind.startswith(kinds)]

    def fields_of(self, name: str) -> list[Any]:
        return [each for node in self.types if node.name.value == name for each in getattr(node, "fields", None) or ()]

    def splice(self, start: int, end: int, text: str) -> str:
        return self.text[:start] + text + self.text[end:]

    def replace(self, node: Any, text: str) -> str:
        return self.splice(node.loc.start, node.loc.end, text)

    def insert(self, position: int, text: str) -> str:
        return self.splice(position, position, text)

    def cut(self, node: Any) -> str:
        """The text without a node, and without brackets or separators that would hold nothing then."""
        before = self.text[: node.loc.start].rstrip()
        after = self.text[node.loc.end :].lstrip(" \t\n,")
        if before[-1:] + after[:1] in {"{}", "()"}:
            return before[:-1] + " " + after[1:]
        if before.endswith(("|", "&")):
            before = before[:-1].rstrip()
        elif before.endswith("="):
            after = after.removeprefix("|")
        elif re.search(r"\bimplements$", before):
            after = after.removeprefix("&")
            if not re.match(r"\s*\w", after):
                before = before.removesuffix("implements")
        return f"{before} {after}"

    def apply(self, part: Part, application: str) -> str:
        """The text with one more directive on a part."""
        return self.insert(self._end_of_head(part.node), f" {application}")

    def _end_of_head(self, node: Any) -> int:
        """Where the directives of a part may begin."""
        heads = [node.name, getattr(node, "type", None), getattr(node, "default_value", None)]
        heads += getattr(node, "interfaces", None) or ()
        return max(each.loc.end for each in heads if each is not None)

    def _iterate_parts(self) -> Iterator[Part]:
        for node in self.types:
            name = node.name.value
            kind = node.kind.removesuffix("_definition").removesuffix("_extension")
            yield Part(node, _LOCATIONS[kind], name)
            inner = "INPUT_FIELD_DEFINITION" if kind == "input_object_type" else "FIELD_DEFINITION"
            for each in getattr(node, "fields", None) or ():
                yield Part(each, inner, name)
                for argument in getattr(each, "arguments", None) or ():
                    yield Part(argument, "ARGUMENT_DEFINITION", name)
            for value in getattr(node, "values", None) or ():
                yield Part(value, "ENUM_VALUE", name)


def build_sources(subgraphs: Iterable[tuple[str, str]]) -> list[Source]:
    """The graph of (name, SDL), each subgraph knowing all others."""
    sources = [Source(name, text) for name, text in subgraphs]
    for source in sources:
        source.peers = sources
    return sources


def inner_type(node: Any) -> str:
    """The name at the heart of a type reference."""
    while node.kind != "named_type":
        node = node.type
    name: str = node.name.value
    return name


def argument_of(directive: DirectiveNode, name: str) -> Any:
    """The value node of an argument, None when it is not given."""
    return next((each.value for each in directive.arguments or () if each.name.value == name), None)


def string_of(directive: DirectiveNode, name: str) -> str | None:
    """The text of an argument, None when it is not given or not a text."""
    value = argument_of(directive, name)
    return value.value if isinstance(value, StringValueNode) else None
