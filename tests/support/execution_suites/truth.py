"""The rows of a suite as the one truth, against which representations are held."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from graphql import value_from_ast_untyped
from graphql.language import FieldNode, InlineFragmentNode, SelectionNode

from tests.support.execution_suites.model import Ref, Row, Suite
from tests.support.execution_suites.sdl import Selections, SubgraphFacts, subselections, walk_fields
from tests.support.execution_suites.traps import TrapError


class Truth:
    """A suite's rows, and which of its types are kinds of which."""

    def __init__(self, suite: Suite, facts: Iterable[SubgraphFacts]) -> None:
        self.rows = suite.rows
        self._supertypes: dict[str, set[str]] = {}
        for each in facts:
            for name, supertypes in each.supertypes.items():
                self._supertypes.setdefault(name, set()).update(supertypes)

    def is_kind_of(self, typename: str, condition: str) -> bool:
        return typename == condition or condition in self._supertypes.get(typename, ())

    def find(self, typename: str, key: Selections, representation: Mapping[str, Any]) -> Ref | None:
        """The row of the type, or of one that implements it, that has the representation's key."""
        for kind, rows in self.rows.items():
            if self.is_kind_of(kind, typename):
                for name, row in rows.items():
                    if self._has_key(row, key, representation):
                        return Ref(kind, name)
        return None

    def read_row(self, value: Any) -> tuple[Row, str | None]:
        """The fields of an object and its type: of the row that a `Ref` names, or its own."""
        if isinstance(value, Ref):
            return self.rows[value.typename][value.name], value.typename
        return value, value.get("__typename")

    def narrow(self, selections: Iterable[SelectionNode], typename: str | None) -> Iterator[FieldNode]:
        """The fields that the selections ask of an object of the type."""
        for node in selections:
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode) and node.type_condition is not None:
                assert typename is not None, f"the row needs a __typename beside {node.type_condition.name.value}"
                if self.is_kind_of(typename, node.type_condition.name.value):
                    yield from self.narrow(subselections(node), typename)

    def verify(self, sent: Any, value: Any, selections: Selections, where: str) -> list[str]:
        """Hold what was sent against the true value; raises TrapError for what is missing or not true.

        The answer lists the objects that had to be told apart by type and came without the name of theirs.
        """
        if not selections or value is None or sent is None:
            if sent != value:
                raise TrapError("untrue", f"{where} is {value!r}, not {sent!r}")
            return []
        if isinstance(value, list):
            if not isinstance(sent, list) or len(sent) != len(value):
                raise TrapError("untrue", f"{where} has {len(value)} items, not {sent!r}")
            pairs = enumerate(zip(sent, value, strict=True))
            return [name for index, pair in pairs for name in self.verify(*pair, selections, f"{where}.{index}")]
        return self._verify_object(sent, value, selections, where)

    def _verify_object(self, sent: Mapping[str, Any], value: Any, selections: Selections, where: str) -> list[str]:
        row, typename = self.read_row(value)
        said = sent.get("__typename")
        untold = [where] if said is None and any(isinstance(node, InlineFragmentNode) for node in selections) else []
        if said is not None and typename is not None and not self.is_kind_of(typename, said):
            raise TrapError("untrue", f"{where} is {typename}, not {said}")
        for node in self.narrow(selections, typename):
            name = node.name.value
            if name != "__typename":
                if name not in sent:
                    raise TrapError("missing", f"{where}.{name}")
                untold += self.verify(sent[name], read_value(row, node), subselections(node), f"{where}.{name}")
        return untold

    def _has_key(self, row: Row, key: Selections, representation: Mapping[str, Any]) -> bool:
        if any(node.name.value not in row for node in walk_fields(key)):
            return False
        try:
            self._verify_object({**representation, "__typename": None}, row, key, "")
        except TrapError:
            return False
        return True


def read_value(row: Row, node: FieldNode) -> Any:
    """The row's value of a field, with the arguments that are written there."""
    value = row[node.name.value]
    if callable(value):
        return value(**{each.name.value: value_from_ast_untyped(each.value) for each in node.arguments or ()})
    return value


def find_surplus(sent: Any, allowed: Iterable[SelectionNode], where: str) -> Iterator[str]:
    """What was sent though nothing allowed asks for it; the name of a type never is too much."""
    if isinstance(sent, list):
        for item in sent:
            yield from find_surplus(item, allowed, where)
    elif isinstance(sent, dict):
        nodes = list(walk_fields(allowed))
        for name, value in sent.items():
            below = [node for node in nodes if node.name.value == name]
            if name != "__typename" and not below:
                yield f"{where}.{name}"
            elif any(map(subselections, below)):
                inner = [item for node in below for item in subselections(node)]
                yield from find_surplus(value, inner, f"{where}.{name}")
