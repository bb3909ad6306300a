"""Read models: tables with what others published, a row for each aggregate of one full-state contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table

from entrepot.shared.events.event import Event
from entrepot.shared.events.snapshots.second_table import OnChanged


@dataclass(frozen=True, slots=True)
class ReadModel:
    """A table that holds the newest event of each aggregate of `contract`, and nothing else.

    `build_row` says what the row of an event is. The table has a primary key of one column, and a `revision`: a row is
    replaced by newer ones alone. `on_changed` is called by a rebuild with the keys of rows that it has made or changed.
    """

    name: str
    table: Table
    contract: type[Event]
    build_row: Callable[[Any], Mapping[str, Any]]
    on_changed: OnChanged | None = None

    def __post_init__(self) -> None:
        if not self.contract.IS_FULL_STATE:
            raise ValueError(
                f"The read model {self.name} needs a full-state contract, which {self.contract.TYPE} is not."
            )
        if len(self.table.primary_key) != 1 or "revision" not in self.table.c:
            raise ValueError(f"{self.table.name} needs a primary key of one column and a column `revision`.")
