"""The join specification (v0.1 to v0.5): which subgraph defines what, as typed values of `@join__*` applications."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

JOIN_URL = "https://specs.apollo.dev/join"
JOIN_VERSIONS = ((0, 1), (0, 2), (0, 3), (0, 4), (0, 5))

Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JoinGraph:
    """`@join__graph` on a value of the graph enum: the subgraph's own name and routing URL."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class JoinType:
    """`@join__type`: one subgraph defines the type, with one key or none."""

    graph: str
    key: str | None = None
    extension: bool = False
    resolvable: bool = True
    is_interface_object: bool = False


@dataclass(frozen=True, slots=True)
class ContextArgument:
    """An entry of `@join__field(contextArguments:)`: an argument that an ancestor's selection fills."""

    context: str
    name: str
    type: str
    selection: str


@dataclass(frozen=True, slots=True)
class JoinField:
    """`@join__field`: how one subgraph defines the field; `graph` None says that the type itself has no source."""

    graph: str | None = None
    requires: str | None = None
    provides: str | None = None
    type: str | None = None
    external: bool = False
    override: str | None = None
    override_label: str | None = None
    used_overridden: bool = False
    context_arguments: tuple[ContextArgument, ...] = ()


@dataclass(frozen=True, slots=True)
class JoinImplements:
    """`@join__implements`: the interface that the type implements in the subgraph."""

    graph: str
    interface: str


@dataclass(frozen=True, slots=True)
class JoinUnionMember:
    """`@join__unionMember`: the member that the union has in the subgraph."""

    graph: str
    member: str


def parse_join_graph(arguments: Arguments) -> JoinGraph:
    return JoinGraph(name=arguments["name"], url=arguments.get("url") or "")


def parse_join_type(arguments: Arguments) -> JoinType:
    return JoinType(
        graph=arguments["graph"],
        key=arguments.get("key"),
        extension=bool(arguments.get("extension", False)),
        resolvable=bool(arguments.get("resolvable", True)),
        is_interface_object=bool(arguments.get("isInterfaceObject", False)),
    )


def parse_join_field(arguments: Arguments) -> JoinField:
    contexts = arguments.get("contextArguments") or ()
    return JoinField(
        graph=arguments.get("graph"),
        requires=arguments.get("requires"),
        provides=arguments.get("provides"),
        type=arguments.get("type"),
        external=bool(arguments.get("external", False)),
        override=arguments.get("override"),
        override_label=arguments.get("overrideLabel"),
        used_overridden=bool(arguments.get("usedOverridden", False)),
        context_arguments=tuple(
            ContextArgument(entry["context"], entry["name"], entry["type"], entry["selection"]) for entry in contexts
        ),
    )


def parse_join_implements(arguments: Arguments) -> JoinImplements:
    return JoinImplements(graph=arguments["graph"], interface=arguments["interface"])


def parse_join_union_member(arguments: Arguments) -> JoinUnionMember:
    return JoinUnionMember(graph=arguments["graph"], member=arguments["member"])


def parse_join_owner(arguments: Arguments) -> str:
    """`@join__owner(graph:)` of v0.1: the subgraph that resolves every field without a `@join__field`."""
    graph: str = arguments["graph"]
    return graph
