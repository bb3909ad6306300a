"""One schema and how it is split: every type's fields, and what each subgraph declares of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from graphql import parse
from graphql.language import FieldNode, OperationDefinitionNode

Failure = Literal["null", "error"]
"""How a field or an entity fails: with a null that may not be, or with an error."""


@dataclass
class Placement:
    """How one subgraph declares a field."""

    is_external: bool = False
    requires: str | None = None
    provides: str | None = None
    is_shareable: bool = False
    override: str | None = None
    label: str | None = None

    def print(self) -> str:
        label = f', label: "{self.label}"' if self.label else ""
        marks = [
            "@external" if self.is_external else "",
            f'@requires(fields: "{self.requires}")' if self.requires else "",
            f'@provides(fields: "{self.provides}")' if self.provides else "",
            "@shareable" if self.is_shareable else "",
            f'@override(from: "{self.override}"{label})' if self.override else "",
        ]
        return " ".join(filter(None, marks))


@dataclass
class Part:
    """What one subgraph declares of a type; a key is the field set and whether it can be resolved."""

    keys: list[tuple[str, bool]] = field(default_factory=list)
    fields: dict[str, Placement] = field(default_factory=dict)
    is_interface_object: bool = False


@dataclass
class Member:
    """A field of the whole schema: type and arguments as written."""

    type: str
    arguments: dict[str, str] = field(default_factory=dict)

    @property
    def target(self) -> str:
        return self.type.strip("[]!")

    def print(self, name: str) -> str:
        arguments = ", ".join(f"{key}: {kind}" for key, kind in self.arguments.items())
        return f"{name}({arguments}): {self.type}" if arguments else f"{name}: {self.type}"


@dataclass
class Kind:
    """A type of the whole schema; `word` is `type`, `interface` or `union`."""

    name: str
    word: str = "type"
    fields: dict[str, Member] = field(default_factory=dict)
    interfaces: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    parts: dict[str, Part] = field(default_factory=dict)
    key_sets: list[str] = field(default_factory=list)

    def owners(self, name: str) -> list[str]:
        """The subgraphs that declare the field and not only as external."""
        return [
            graph for graph, part in self.parts.items() if name in part.fields and not part.fields[name].is_external
        ]


@dataclass
class Split:
    """A whole schema, its subgraphs, the active override labels, and what fails.

    With `has_flat_requirements` no requirement is read from below a field, so that none is lost to a null from there.

    `absent` are the (type, subgraph) pairs that always answer null for object 0, and may. What else fails does so only
    in operations that are meant to: `failing_entities`, object 0 of a type in a subgraph, and `failing_fields`, a field
    of objects 1 and 2 of a type.
    """

    seed: int
    graphs: list[str]
    kinds: dict[str, Kind] = field(default_factory=dict)
    labels: frozenset[str] = frozenset()
    has_flat_requirements: bool = False
    absent: set[tuple[str, str]] = field(default_factory=set)
    failing_entities: dict[tuple[str, str], Failure] = field(default_factory=dict)
    failing_fields: dict[tuple[str, str], Failure] = field(default_factory=dict)

    def concrete(self, name: str, graph: str | None = None) -> list[str]:
        """The object types that the name stands for, in one subgraph or in the whole schema."""
        kind = self.kinds[name]
        if kind.word == "type":
            return [name]
        return [item for item in kind.members if graph is None or graph in self.kinds[item].parts]

    def is_answered(self, kind: str, name: str, graph: str) -> bool:
        """Whether overrides leave the field with this subgraph."""
        parts = self.kinds[kind].parts
        for other, part in parts.items():
            placement = part.fields.get(name)
            if placement is None or placement.override is None:
                continue
            is_active = placement.label is None or placement.label in self.labels
            if (other == graph and not is_active) or (placement.override == graph and is_active):
                return False
        return True


@cache
def top_fields(field_set: str) -> tuple[FieldNode, ...]:
    """The fields at the top of a field set."""
    definition = parse("{" + field_set + "}").definitions[0]
    assert isinstance(definition, OperationDefinitionNode)
    return tuple(node for node in definition.selection_set.selections if isinstance(node, FieldNode))


_LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires",'
    ' "@provides", "@shareable", "@override", "@interfaceObject"])\n'
)
_LEAVES = {"State": "enum State { NEW USED }\n", "Unit": "enum Unit { METRIC IMPERIAL }\n"}


def print_subgraph(split: Split, graph: str) -> str:
    """The subgraph's SDL."""
    own = [kind for kind in split.kinds.values() if graph in kind.parts]
    text = "\n".join(_print_part(split, kind, graph) for kind in own)
    return _LINK + text + "\n" + _print_leaves(text)


def print_whole(split: Split) -> str:
    """The SDL of the whole schema, federation left out."""
    text = "\n".join(map(_print_kind, split.kinds.values()))
    return text + "\n" + _print_leaves(text)


def _print_leaves(text: str) -> str:
    return "".join(sdl for name, sdl in _LEAVES.items() if f": {name}" in text)


def _print_part(split: Split, kind: Kind, graph: str) -> str:
    if kind.word == "union":
        return f"union {kind.name} = {' | '.join(split.concrete(kind.name, graph))}"
    part = kind.parts[graph]
    word = "type" if part.is_interface_object else kind.word
    interfaces = [name for name in kind.interfaces if graph in split.kinds[name].parts]
    lines = [f"  {kind.fields[name].print(name)} {part.fields[name].print()}" for name in part.fields]
    return f"{word} {kind.name}{_implements(interfaces)} {' '.join(_marks(part))} {{\n" + "\n".join(lines) + "\n}"


def _marks(part: Part) -> Iterator[str]:
    if part.is_interface_object:
        yield "@interfaceObject"
    for field_set, is_resolvable in part.keys:
        yield f'@key(fields: "{field_set}"{"" if is_resolvable else ", resolvable: false"})'


def _print_kind(kind: Kind) -> str:
    if kind.word == "union":
        return f"union {kind.name} = {' | '.join(kind.members)}"
    lines = [f"  {member.print(name)}" for name, member in kind.fields.items()]
    return f"{kind.word} {kind.name}{_implements(kind.interfaces)} {{\n" + "\n".join(lines) + "\n}"


def _implements(interfaces: list[str]) -> str:
    return f" implements {' & '.join(interfaces)}" if interfaces else ""
