"""What was measured, as a table, as ratios, as a picture and as one line of JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.gateway.gateways import FORMER, HIVE_ROUTER, OURS, Gateway
from benchmarks.gateway.load import Sample

TARGETS = {"big": 6.0, "small": 5.0}
HIVE_ROUTER_TARGETS = {False: 1 / 1.7, True: 1 / 2.5}
"""Without and with in-flight dedupe, for each workload: compiled to machine code, it may be that much faster."""
TAIL_TARGET = 3.0
FORMER_TARGET = 0.95
"""No slower than another checkout, but for the noise of two runs."""
MEMORY_TARGET = 150 * 2**20
_COLUMNS = (
    *("workload", "in-flight dedupe", "gateway", "requests/s", "ours is"),
    *("p50 ms", "p99 ms", "CPU µs/request", "memory MB", "subgraph requests"),
)
_WIDTH, _BAR, _LEFT, _TOP = 720, 22, 190, 46


@dataclass(frozen=True, slots=True)
class Row:
    """The medians over all rounds of one gateway under one workload; `fetches` are its subgraph requests a query."""

    gateway: Gateway
    workload: str
    deduplicates: bool
    fetches: int
    rate: float
    p50: float
    p99: float
    cpu: float
    resident: float


def summarize(gateway: Gateway, workload: str, fetches: int, samples: Sequence[Sample], *, deduplicates: bool) -> Row:
    """The medians of the samples."""
    return Row(
        gateway,
        workload,
        deduplicates,
        fetches,
        *(median(getattr(sample, name) for sample in samples) for name in ("rate", "p50", "p99", "cpu", "resident")),
    )


def print_table(rows: Sequence[Row]) -> str:
    """A table in Markdown: a line for each gateway and workload, the ratio that of ours to it."""
    lines = [
        f"| {' | '.join(_COLUMNS)} |",
        "|---|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {row.workload} | {'on' if row.deduplicates else 'off'} | {row.gateway.title} | {row.rate:,.0f} "
        f"| {_ratio(row, rows):.2f} times | {row.p50:.1f} | {row.p99:.1f} | {row.cpu:,.0f} "
        f"| {row.resident / 2**20:.0f} | {row.fetches} |"
        for row in rows
    ]
    return "\n".join(lines)


def build_report(rows: Sequence[Row], where: dict[str, Any]) -> dict[str, Any]:
    """Ratios of ours to each of the others, and whether the targets are met, fit for JSON."""
    others = [row for row in rows if row.gateway.name != OURS]
    ours = [row for row in rows if row.gateway.name == OURS]
    plain = [row for row in ours if not row.deduplicates]
    return {
        **where,
        "ratios": {_key(row): round(_ratio(row, rows), 2) for row in others},
        "cpu_ratios": {_key(row): round(row.cpu / _ours(row, rows).cpu, 2) for row in others},
        "requests_per_second": {_key(row): round(row.rate, 1) for row in rows},
        "met": {
            **{_key(row): _ratio(row, rows) >= target for row in others if (target := _target(row)) is not None},
            "p99 under 3 times p50": all(row.p99 < TAIL_TARGET * row.p50 for row in plain),
            "memory under 150 MB": all(row.resident < MEMORY_TARGET for row in plain),
        },
    }


def draw_plot(rows: Sequence[Row]) -> str:
    """Bars of requests a second, a group for each workload, as SVG."""
    groups = list(dict.fromkeys((row.workload, row.deduplicates) for row in rows))
    parts: list[str] = []
    y = _TOP
    for workload, deduplicates in groups:
        members = [row for row in rows if (row.workload, row.deduplicates) == (workload, deduplicates)]
        most = max(row.rate for row in members)
        title = f"{workload}, in-flight dedupe {'on' if deduplicates else 'off'}"
        parts.append(f'<text x="16" y="{y}" class="group">{title}</text>')
        y += 10
        for row in members:
            width = max(1, round((_WIDTH - _LEFT - 90) * row.rate / most))
            kind = "ours" if row.gateway.name == OURS else "other"
            parts.append(f'<text x="{_LEFT - 10}" y="{y + 15}" text-anchor="end">{row.gateway.title}</text>')
            parts.append(f'<rect x="{_LEFT}" y="{y}" width="{width}" height="{_BAR - 4}" rx="3" class="{kind}"/>')
            parts.append(f'<text x="{_LEFT + width + 8}" y="{y + 15}">{row.rate:,.0f}</text>')
            y += _BAR
        y += 30
    style = (
        "text{font:13px system-ui,sans-serif;fill:#334155}.group,.title{font-weight:600;fill:#0f172a}"
        ".title{font-size:15px}.ours{fill:#4f46e5}.other{fill:#cbd5e1}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y - 12}" role="img" '
        f'aria-label="Requests a second on one core"><style>{style}</style>'
        f'<rect width="100%" height="100%" fill="#fff"/><text x="16" y="22" class="title">Requests a second on one core'
        f"</text>{''.join(parts)}</svg>\n"
    )


def _ratio(row: Row, rows: Sequence[Row]) -> float:
    """How many times the row's rate ours is."""
    return _ours(row, rows).rate / row.rate


def _target(row: Row) -> float | None:
    """The least ratio of ours to the row's rate, if there is one."""
    if row.gateway.name == HIVE_ROUTER:
        return HIVE_ROUTER_TARGETS[row.deduplicates]
    if row.deduplicates:
        return None
    return FORMER_TARGET if row.gateway.name == FORMER else TARGETS[row.workload]


def _ours(row: Row, rows: Sequence[Row]) -> Row:
    """Our row under the same workload."""
    key = (OURS, row.workload, row.deduplicates)
    return next(other for other in rows if (other.gateway.name, other.workload, other.deduplicates) == key)


def _key(row: Row) -> str:
    return f"{row.workload}.{row.gateway.name}.{'dedupe' if row.deduplicates else 'plain'}"
