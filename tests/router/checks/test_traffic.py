"""What clients sent decides what breaks somebody: thresholds, ignored clients, requests that nobody registered."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from entrepot.router.checks import Criticality, TrafficFilter, check_versions, read_traffic
from entrepot.router.errors import ConfigurationInvalid
from entrepot.router.operation import hash_text
from tests.router.checks.graphs import BASE, change, known

USED, RARE = '{ search(text: "a") { ... on Brand { country } } }', "{ product(id: 1) { name } }"
WITHOUT_COUNTRY = ("catalog", "  country: String\n", "")


def write_log(path: Path, *requests: tuple[str, str, str]) -> Path:
    """Lines of an access log: document, client, day; between them what other loggers write."""
    lines = ["not JSON", json.dumps({"event": "reload.done"})]
    for text, client, day in requests:
        line: dict[str, Any] = {
            "logger": "router.access",
            "event": "request",
            "operation": "Any",
            "document": hash_text(text),
            "client_name": client,
            "timestamp": f"{day}T12:00:00Z",
        }
        lines.append(json.dumps(line))
    path.write_text("\n".join(lines))
    return path


def find_removal(folder: Path, log: Path, rules: TrafficFilter | None = None) -> tuple[Criticality, str]:
    operations = known(folder, used=USED, rare=RARE)
    result = check_versions(BASE, change(WITHOUT_COUNTRY), operations=operations, traffic=read_traffic([log], rules))
    (removal,) = (each for each in result.changes if each.code == "FIELD_REMOVED")
    return removal.criticality, " ".join(result.remarks)


def test_an_operation_that_is_sent_counts(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.json", (USED, "web", "2026-11-01"), (RARE, "web", "2026-11-01"))
    assert find_removal(tmp_path, log) == (Criticality.BREAKING, "")


def test_an_operation_that_nobody_sends_does_not(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.json", (RARE, "web", "2026-11-01"))
    assert find_removal(tmp_path, log) == (Criticality.SAFE, "")
    operations = known(tmp_path, used=USED, rare=RARE)
    result = check_versions(BASE, change(WITHOUT_COUNTRY), operations=operations, traffic=read_traffic([log]))
    (broken,) = (each for each in result.changes if each.code == "OPERATION_BROKEN")
    assert (broken.evidence, result.is_passed) == ("Not in use: 0 of 1 requests.", True)


@pytest.mark.parametrize(
    "rules",
    [
        TrafficFilter(minimum_requests=2),
        TrafficFilter(minimum_percent=30.0),
        TrafficFilter(ignored_clients=frozenset({"crawler"})),
        TrafficFilter(since=datetime(2026, 11, 15, tzinfo=UTC)),
    ],
)
def test_thresholds_by_count_share_client_and_period(tmp_path: Path, rules: TrafficFilter) -> None:
    requests = [(USED, "crawler", "2026-11-01"), *[(RARE, "web", "2026-11-20")] * 4]
    log = write_log(tmp_path / "log.json", *requests)
    assert find_removal(tmp_path, log)[0] is Criticality.BREAKING
    assert find_removal(tmp_path, log, rules)[0] is Criticality.SAFE


def test_requests_of_unknown_documents_may_use_anything(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.json", (RARE, "web", "2026-11-01"), ("{ other }", "web", "2026-11-01"))
    criticality, remark = find_removal(tmp_path, log)
    assert criticality is Criticality.BREAKING
    assert remark.startswith("1 requests of the traffic are of documents that are not among the operations")


def test_a_file_without_a_line_of_an_access_log_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="no line of an access log"):
        read_traffic([write_log(tmp_path / "log.json")])
    with pytest.raises(ConfigurationInvalid, match="cannot be read"):
        read_traffic([tmp_path / "missing.json"])
