"""One true value for every field of every object of a split, and the log that its mutations write."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from graphql.language import FieldNode

from tests.support.differential.failures import Failed
from tests.support.differential.split import Failure, Kind, Split

SIZE = 4
"""How many objects of each entity there are."""


@dataclass(frozen=True)
class Row:
    """An object; `provided` and `sent` say how a subgraph came to it.

    Of one that `is_narrowed` away nothing is selected by fragments, since not all who could answer know its type.
    """

    type: str
    index: int
    provided: tuple[FieldNode, ...] = field(default=(), compare=False)
    sent: Any = field(default=None, compare=False)
    is_narrowed: bool = field(default=False, compare=False)


@dataclass
class Data:
    """The objects of a split: the same for every subgraph and for the whole schema, but each with a log of its own.

    `is_failing` turns the split's failures on; `shows_nulls` makes errors even of those that are nulls. `answering`
    says by root field which of two subgraphs is taken to have answered, where they differ.
    """

    split: Split
    log: list[tuple[str, int]] = field(default_factory=list)
    shows_revisions: bool = True
    is_failing: bool = False
    shows_nulls: bool = False
    answering: dict[str, str] = field(default_factory=dict)

    def value(self, row: Row | None, type_name: str, name: str, arguments: dict[str, Any]) -> Any:
        """The value of a field: rows, leaves and lists of them."""
        if type_name == "Mutation":
            return self._change(name, arguments["amount"])
        if type_name == "Query" and name in self.answering:
            return self.choose_either(name, self.answering[name], is_narrowing=True)
        if row is not None and (self._is_narrowed(row, name) or self._is_null(row, name)):
            return None
        if name == "revision":
            return len(self.log) if self.shows_revisions else 0
        given = ",".join(f"{key}={arguments[key]}" for key in sorted(arguments) if arguments[key] is not None)
        owner = f"{row.type}-{row.index}" if row else "root"
        if row is not None and name in _KEY_VALUES:
            return _KEY_VALUES[name](row)
        text = self.split.kinds[type_name].fields[name].type
        return self._make(text, f"{self.split.seed} {owner}.{name}({given})", type_name, name)

    def choose_either(self, name: str, graph: str, *, is_narrowing: bool = False) -> Any:
        """What a subgraph answers to a field whose union it does not know whole."""
        graphs = self.split.kinds["Query"].owners(name)
        own = self.split.concrete("Either", graph)
        shared = [item for item in own if all(item in self.split.concrete("Either", other) for other in graphs)]
        text = self.split.kinds["Query"].fields[name].type
        rows: list[Row | None] = []
        for index in range(3):
            number = crc32(f"{self.split.seed} {name} {index}".encode())
            if number % 5 == 0 and not text.endswith("!"):
                rows.append(None)
                continue
            types = shared if number % 2 else [item for item in own if item not in shared]
            kind = types[number // 2 % len(types)]
            rows.append(Row(kind, number // 7 % SIZE, is_narrowed=is_narrowing and kind not in shared))
        return rows if text.startswith("[") else rows[0]

    def _is_narrowed(self, row: Row, name: str) -> bool:
        if row.is_narrowed and self.shows_nulls and self.split.kinds[row.type].fields[name].type.endswith("!"):
            raise Failed(f"{row.type}-{row.index}.{name} is of a type that not all subgraphs know")
        return row.is_narrowed

    def failure_of(self, row: Row, graph: str) -> Failure | None:
        """How the subgraph fails to find the object, if it does."""
        if not self.is_failing or row.index != 0:
            return None
        return self.split.failing_entities.get((row.type, graph))

    def _is_null(self, row: Row, name: str) -> bool:
        kind = self.split.kinds[row.type]
        is_sure = name == "revision" or name in _KEY_VALUES
        return not is_sure and (self._is_absent(row, kind, name) or self._is_lost(row, kind, name))

    def _is_absent(self, row: Row, kind: Kind, name: str) -> bool:
        return row.index == 0 and any((row.type, graph) in self.split.absent for graph in kind.owners(name))

    def _is_lost(self, row: Row, kind: Kind, name: str) -> bool:
        """Whether the field fails with null; raises Failed when it fails with an error."""
        of_entity = next(filter(None, (self.failure_of(row, graph) for graph in kind.owners(name))), None)
        of_field = self.split.failing_fields.get((row.type, name)) if self.is_failing and row.index in (1, 2) else None
        failure = of_entity or of_field
        if failure == "error" or (failure and self.shows_nulls):
            raise Failed(f"{row.type}-{row.index}.{name} fails", is_entity=of_entity is not None)
        return failure is not None

    def _change(self, name: str, amount: int) -> Any:
        self.log.append((name, amount))
        if name.startswith("record"):
            return Row("Receipt", len(self.log) * 1000 + sum(item for _, item in self.log))
        return Row(name.removeprefix("change"), amount % SIZE)

    def _make(self, text: str, seed: str, owner: str, name: str) -> Any:
        number = crc32(seed.encode())
        if not text.endswith("!") and number % 8 == 0:
            return None
        text = text.removesuffix("!")
        if text.startswith("["):
            return [self._make(text[1:-1], f"{seed}[{index}]", owner, name) for index in range(number % 4)]
        if text not in self.split.kinds:
            return _LEAVES[text](number)
        found = self._possible(owner, name, text)
        return Row(found[number % len(found)], number // 7 % SIZE)

    def _possible(self, owner: str, name: str, target: str) -> list[str]:
        """What the subgraphs that answer the field can return there."""
        kind = self.split.kinds[target]
        graphs = self.split.kinds[owner].owners(name)
        is_open = any(kind.parts[graph].is_interface_object for graph in graphs if graph in kind.parts)
        return self.split.concrete(target, None if is_open else graphs[0])

    def matches(self, row: Row, sent: Any, nodes: Iterable[FieldNode]) -> bool:
        """Whether what was sent for a field set is true of the object."""
        if not isinstance(sent, dict):
            return False
        for node in nodes:
            name = node.name.value
            if name not in sent:
                return False
            arguments = {item.name.value: getattr(item.value, "value", None) for item in node.arguments or ()}
            true = self.value(row, row.type, name, arguments)
            inner = node.selection_set.selections if node.selection_set else ()
            nodes_below = [item for item in inner if isinstance(item, FieldNode)]
            if not self._is_same(true, sent[name], nodes_below):
                return False
        return True

    def _is_same(self, true: Any, sent: Any, nodes: list[FieldNode]) -> bool:
        if isinstance(true, list):
            is_list = isinstance(sent, list) and len(true) == len(sent)
            return is_list and all(self._is_same(*pair, nodes) for pair in zip(true, sent, strict=True))
        return self.matches(true, sent, nodes) if isinstance(true, Row) else bool(true == sent)


_KEY_VALUES: dict[str, Any] = {
    "id": lambda row: f"{row.type}-{row.index}",
    "code": lambda row: f"code-{row.type}-{row.index}",
    "region": lambda row: f"region-{row.index % 2}",
    "number": lambda row: row.index // 2,
    "origin": lambda row: Row("Origin", row.index),
    "place": lambda row: f"place-{row.index}",
    "position": lambda row: row.index // 1000,
    "total": lambda row: row.index % 1000,
}
_LEAVES: dict[str, Any] = {
    "ID": str,
    "String": lambda number: f"text {number % 997}",
    "Int": lambda number: number % 1000,
    "Float": lambda number: number % 1000 / 4,
    "Boolean": lambda number: number % 2 == 0,
    "State": lambda number: ("NEW", "USED")[number % 2],
    "Unit": lambda number: ("METRIC", "IMPERIAL")[number % 2],
}
