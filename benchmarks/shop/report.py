"""What was measured, as a table, as ratios, against the targets, and as one line of JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

from benchmarks.shop.cases import ADD, LIST, SEARCH, SLUG
from benchmarks.shop.goods import SCARCE_STOCK
from benchmarks.shop.load import Sample

OURS, PEER = "entrepot", "vendure"
RATES: Final = {LIST: 12.0, SLUG: 1.5, SEARCH: 12.0, ADD: 3.0}
"""How many times as many operations a second as Vendure."""
FLOORS: Final = {LIST: 5.0}
"""At most so many times the CPU of bare asyncpg and orjson."""
SQLITE_FLOORS: Final = {LIST: 14.0}
"""The same in process, of bare SQLite and orjson."""
GAINS: Final = {LIST: 5.0, SLUG: 2.5, SEARCH: 3.5}
"""At most this fraction of the CPU that the older commit takes, in process."""
_COLUMNS: Final = (
    *("case", "shop", "operations/s", "ours is", "p50 ms", "p99 ms"),
    *("CPU ms", "of a core", "{counted}", "requests", "memory MB"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One shop in one case: the medians over the rounds."""

    case: str
    shop: str
    title: str
    sample: Sample


@dataclass(frozen=True, slots=True)
class Scarce:
    """What became of many buyers of few units; `failed` got an error instead of an answer."""

    buyers: int
    sold: int
    failed: int = 0


@dataclass(frozen=True)
class Figures:
    """All that a run measured; CPU in ms per request."""

    rows: Sequence[Row] = ()
    floors: Mapping[str, float] = field(default_factory=dict)
    scarce: Mapping[str, Scarce] = field(default_factory=dict)
    in_process: Mapping[str, float] = field(default_factory=dict)
    sqlite_floors: Mapping[str, float] = field(default_factory=dict)
    older: Mapping[str, float] = field(default_factory=dict)


def summarize(case: str, shop: str, title: str, samples: Sequence[Sample]) -> Row:
    """The medians of the samples; of the memory the most."""
    names = ("operations", "rate", "p50", "p99", "cpu", "busy", "statements", "requests")
    middle = {name: median(getattr(sample, name) for sample in samples) for name in names}
    return Row(case, shop, title, Sample(**middle, resident=max(sample.resident for sample in samples)))


def print_tables(figures: Figures, counted: str) -> str:
    """Tables in Markdown; `counted` says what was counted of PostgreSQL."""
    parts = []
    if figures.rows:
        columns = " | ".join(_COLUMNS).format(counted=counted)
        parts.append(f"| {columns} |\n|---|---|{'---:|' * (len(_COLUMNS) - 2)}")
        parts += [_print_row(row, _find_ratio(row, figures.rows)) for row in figures.rows]
    if figures.floors:
        parts.append("\n| read | asyncpg and orjson, CPU ms | ours is |\n|---|---:|---:|")
        ratios = compare_floors(figures)
        parts += [f"| {case} | {cpu:.3f} | {_times(ratios.get(case))} |" for case, cpu in figures.floors.items()]
    if figures.in_process:
        parts.append(
            "\n| read in process, SQLite | CPU ms | bare SQL, CPU ms | ours is | older commit, CPU ms | ours takes 1/ |"
            "\n|---|---:|---:|---:|---:|---:|"
        )
        parts += [_print_in_process(figures, case) for case in figures.in_process]
    if figures.scarce:
        parts.append(
            f"\n| buyers at once of {SCARCE_STOCK} units | buyers | paid orders | errors |\n|---|---:|---:|---:|"
        )
        parts += [f"| {name} | {item.buyers} | {item.sold} | {item.failed} |" for name, item in figures.scarce.items()]
    return "\n".join(parts)


def build_report(figures: Figures, where: Mapping[str, Any]) -> dict[str, Any]:
    """Ratios, and whether the targets are met, fit for JSON."""
    rates = {row.case: ratio for row in figures.rows if row.shop == PEER and (ratio := _find_ratio(row, figures.rows))}
    floors, sqlite = compare_floors(figures), _divide(figures.in_process, figures.sqlite_floors)
    gains = _divide(figures.older, figures.in_process)
    ours = figures.scarce.get(OURS)
    met = {
        **{f"{case} to Vendure": ratio >= RATES[case] for case, ratio in rates.items() if case in RATES},
        **{f"{case} to asyncpg": ratio <= FLOORS[case] for case, ratio in floors.items() if case in FLOORS},
        **{
            f"{case} to SQLite": ratio <= SQLITE_FLOORS[case] for case, ratio in sqlite.items() if case in SQLITE_FLOORS
        },
        **{f"{case} to the older commit": ratio >= GAINS[case] for case, ratio in gains.items() if case in GAINS},
        **({} if ours is None else {"as many orders as units": (ours.sold, ours.failed) == (SCARCE_STOCK, 0)}),
    }
    return {
        **where,
        "ratios": _round(rates),
        "floor_ratios": _round(floors),
        "sqlite_floor_ratios": _round(sqlite),
        "older_ratios": _round(gains),
        "operations_per_second": _collect(figures.rows, "rate"),
        "cpu_ms": {**_collect(figures.rows, "cpu"), **{f"{case}.floor": cpu for case, cpu in figures.floors.items()}},
        "in_process_cpu_ms": dict(figures.in_process),
        "statements": _collect(figures.rows, "statements"),
        "memory_mb": {key: round(value / 2**20, 1) for key, value in _collect(figures.rows, "resident").items()},
        "paid_orders": {name: item.sold for name, item in figures.scarce.items()},
        "met": met,
    }


def compare_floors(figures: Figures) -> dict[str, float]:
    """How many times the CPU of the floor our server takes, by case."""
    ours = {row.case: row.sample.cpu for row in figures.rows if row.shop == OURS}
    return _divide(ours, figures.floors)


def _print_row(row: Row, ratio: float | None) -> str:
    sample = row.sample
    return (
        f"| {row.case} | {row.title} | {sample.rate:,.1f} | {_times(ratio)} | {sample.p50:,.0f} | {sample.p99:,.0f} "
        f"| {sample.cpu:.2f} | {sample.busy:.0%} | {sample.statements:.1f} | {sample.requests:.1f} "
        f"| {sample.resident / 2**20:.0f} |"
    )


def _print_in_process(figures: Figures, case: str) -> str:
    cpu, floor, older = figures.in_process[case], figures.sqlite_floors.get(case), figures.older.get(case)
    floor_ratio, gain = floor and cpu / floor, older and older / cpu
    floors = f"{floor:.3f}" if floor else "-"
    olders = f"{older:.2f}" if older else "-"
    return f"| {case} | {cpu:.2f} | {floors} | {_times(floor_ratio)} | {olders} | {_times(gain)} |"


def _find_ratio(row: Row, rows: Sequence[Row]) -> float | None:
    """How many times the row's rate ours is; None without a row of ours."""
    ours = next((other for other in rows if (other.shop, other.case) == (OURS, row.case)), None)
    return ours and ours.sample.rate / row.sample.rate


def _divide(above: Mapping[str, float], below: Mapping[str, float]) -> dict[str, float]:
    return {case: value / below[case] for case, value in above.items() if case in below}


def _collect(rows: Sequence[Row], name: str) -> dict[str, float]:
    return {f"{row.case}.{row.shop}": round(getattr(row.sample, name), 3) for row in rows}


def _round(ratios: Mapping[str, float]) -> dict[str, float]:
    return {case: round(ratio, 2) for case, ratio in ratios.items()}


def _times(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.1f} times"
