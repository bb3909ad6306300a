"""Which features of federation and of GraphQL an operation and its plan used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from graphql import TypeInfo, TypeInfoVisitor, Visitor, is_abstract_type, parse, print_ast, visit
from graphql.language import FieldNode, InlineFragmentNode

from entrepot.router.plan import ConditionNode, Fetch, Parallel, PlanNode, Representation
from entrepot.router.selection import Field
from tests.support.differential.abstract_parts import GOODS, MEDIA
from tests.support.differential.failures import has_propagated
from tests.support.differential.federation import Comparison, Federation
from tests.support.differential.operations import Operation
from tests.support.differential.split import Kind, Placement, Split

FEATURES = (
    "simple key",
    "composite key",
    "several keys",
    "unresolvable key",
    "requires",
    "requires with arguments",
    "provides",
    "interface",
    "union",
    "interface object",
    "override",
    "shareable value",
    "fragment",
    "variable",
    "skip",
    "include",
    "mutation",
    "subscription",
    "nested list",
    "nested abstract fragment",
    "alias of __typename",
    "requires on interface object",
    "failure",
    "null propagation",
    "external key",
    "differing union",
    "second interface object",
)

_MARKS = {
    "...": "fragment",
    "$": "variable",
    "@skip": "skip",
    "@include": "include",
    "mutation": "mutation",
    "subscription": "subscription",
    ": __typename": "alias of __typename",
}


def read_features(federation: Federation, operation: Operation, comparison: Comparison) -> set[str]:
    """The features among `FEATURES` that the operation, its plan and its answer used."""
    assert comparison.plan is not None
    info = TypeInfo(federation.whole)
    reader = _Reader(federation.split, info)
    visit(parse(operation.text), TypeInfoVisitor(info, reader))
    keys = _read_keys(federation.split, comparison.plan.root)
    return reader.found.union(_read_text(operation), keys, _read_failures(comparison))


def count_waves(node: PlanNode | None) -> int:
    """How many requests come one after another in the plan, at most."""
    if node is None:
        return 0
    if isinstance(node, Fetch):
        return 1
    if isinstance(node, ConditionNode):
        return count_waves(node.step)
    counts = [count_waves(step) for step in node.steps]
    return max(counts, default=0) if isinstance(node, Parallel) else sum(counts)


def list_fetches(node: PlanNode | None) -> Iterator[Fetch]:
    """All fetches of the plan."""
    if isinstance(node, Fetch):
        yield node
    elif isinstance(node, ConditionNode):
        yield from list_fetches(node.step)
    elif node is not None:
        for step in node.steps:
            yield from list_fetches(step)


def _read_text(operation: Operation) -> Iterator[str]:
    return (feature for mark, feature in _MARKS.items() if mark in operation.text)


def _read_failures(comparison: Comparison) -> Iterator[str]:
    if any(truth.errors for truth in comparison.truths):
        yield "failure"
    if any(map(has_propagated, comparison.truths)):
        yield "null propagation"


def _read_keys(split: Split, root: PlanNode | None) -> Iterator[str]:
    for fetch in list_fetches(root):
        for call in fetch.entities:
            for item in call.representations:
                names = item.types or {item.typename or ""}
                if any(len(split.kinds[name].key_sets) > 1 for name in names if name in split.kinds):
                    yield "several keys"
                yield "composite key" if _is_composite(item) else "simple key"


def _is_composite(item: Representation) -> bool:
    fields = [each for each in item.fields if isinstance(each, Field) and each.name != "__typename"]
    keys = [each for each in fields if item.keys is None or each.response_key in item.keys]
    return len(keys) > 1 or any(each.selections for each in keys)


@dataclass
class _Reader(Visitor):
    """Reads the fields and fragments of an operation."""

    split: Split
    info: TypeInfo
    found: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()

    def enter_inline_fragment(self, node: InlineFragmentNode, *_: Any) -> None:
        is_nested = is_abstract_type(self.info.get_parent_type()) and is_abstract_type(self.info.get_type())
        if node.type_condition and is_nested:
            self.found.add("nested abstract fragment")

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        parent = self.info.get_parent_type()
        name = node.name.value
        kind = self.split.kinds.get(parent.name) if parent is not None else None
        if kind is None or name not in kind.fields:
            return
        target = self.split.kinds.get(kind.fields[name].target)
        self.found.update(_read_types(kind, name, target))
        for owner in {kind.name, *self.split.concrete(kind.name)}:
            for graph, part in self.split.kinds[owner].parts.items():
                if name in part.fields:
                    self.found.update(_read_placement(part.fields[name], node))
                    if part.fields[name].is_external and name in _KEY_FIELDS:
                        self.found.add("external key")
                    self.found.update(_read_target(target, graph))
            if name not in _KEY_FIELDS and len(self.split.kinds[owner].owners(name)) > 1:
                self.found.add("shareable value")


def _read_types(kind: Kind, name: str, target: Kind | None) -> Iterator[str]:
    kinds = [kind, target] if target is not None else [kind]
    yield from ("interface" for item in kinds if item.word == "interface")
    if name in MEDIA.fields or any(item.name == MEDIA.name for item in kinds):
        yield "interface object"
    if name in GOODS.fields or any(item.name == GOODS.name for item in kinds):
        yield "second interface object"
    if any(item.name == "Either" for item in kinds):
        yield "differing union"
    if name in {MEDIA.requiring, GOODS.requiring}:
        yield "requires on interface object"
    if target is not None and target.word == "union":
        yield "union"
    if target is not None and kind.fields[name].type.startswith("[["):
        yield "nested list"


_KEY_FIELDS = frozenset({"id", "code", "region", "number", "origin", "position", "total", "place", "country"})


def _read_placement(placement: Placement, node: FieldNode) -> Iterator[str]:
    if placement.requires:
        yield "requires with arguments" if "(" in placement.requires else "requires"
    if placement.override:
        yield "override"
    if placement.provides and node.selection_set:
        selected = print_ast(node.selection_set).split()
        if any(name in selected for name in placement.provides.split()):
            yield "provides"


def _read_target(target: Kind | None, graph: str) -> Iterator[str]:
    if target is not None and graph in target.parts:
        keys = target.parts[graph].keys
        if keys and not any(is_resolvable for _, is_resolvable in keys):
            yield "unresolvable key"
