"""The report of the gateway benchmark: Hive Router is optional, and has targets of its own where it was measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.gateway import gateways
from benchmarks.gateway.gateways import Gateway, list_gateways
from benchmarks.gateway.report import Row, build_report, print_table


def build_rows(rates: dict[str, float], *, deduplicates: bool = False) -> list[Row]:
    return [
        Row(Gateway(name, name.title(), ()), "big", deduplicates, 6, rate, 10.0, 20.0, 1e6 / rate, 2**26)
        for name, rate in rates.items()
    ]


def test_hive_router_is_listed_when_its_program_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "hive_router"
    monkeypatch.setattr(gateways, "HIVE_ROUTER_PROGRAM", program)
    assert [gateway.name for gateway in list_gateways("node")] == ["entrepot", "hive", "apollo"]
    program.touch()
    listed = {gateway.name: gateway for gateway in list_gateways("node")}
    assert list(listed) == ["entrepot", "hive_router", "hive", "apollo"]
    hive_router = listed["hive_router"]
    assert hive_router.command == (str(program),)
    assert hive_router.can_deduplicate
    assert Path(hive_router.environment["ROUTER_CONFIG_FILE_PATH"]).is_file()
    assert [gateway.name for gateway in list_gateways("node", tmp_path)] == ["entrepot", "former"]


@pytest.mark.parametrize(
    ("deduplicates", "rate", "is_met"), [(False, 169, True), (False, 171, False), (True, 249, True), (True, 251, False)]
)
def test_hive_router_may_be_1_7_times_as_fast_and_2_5_times_with_dedupe(
    deduplicates: bool,  # noqa: FBT001 - a case
    rate: float,
    is_met: bool,  # noqa: FBT001 - a case
) -> None:
    rows = build_rows({"entrepot": 100, "hive_router": rate}, deduplicates=deduplicates)
    report = build_report(rows, {})
    key = f"big.hive_router.{'dedupe' if deduplicates else 'plain'}"
    assert report["ratios"] == {key: round(100 / rate, 2)}
    assert report["met"][key] is is_met


def test_the_table_stands_without_hive_router() -> None:
    rows = build_rows({"entrepot": 700, "hive": 70, "apollo": 140})
    report = build_report(rows, {"python": "3.11"})
    assert report["ratios"] == {"big.hive.plain": 10.0, "big.apollo.plain": 5.0}
    assert report["met"] == {
        "big.hive.plain": True,
        "big.apollo.plain": False,
        "p99 under 3 times p50": True,
        "memory under 150 MB": True,
    }
    deduplicated = build_report(build_rows({"entrepot": 700, "hive": 690}, deduplicates=True), {})
    assert "big.hive.dedupe" not in deduplicated["met"]
    assert "| big | off | Hive | 70 | 10.00 times |" in print_table(rows)
