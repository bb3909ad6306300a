"""The log of requests: what a line tells, what it never tells, and which requests have one."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from entrepot.router.checks import TrafficFilter, read_traffic
from entrepot.router.config import AccessLogConfig, DemandControlConfig, ObservabilityConfig, RouterConfig
from entrepot.router.observe import access_log
from entrepot.router.operation import hash_text
from entrepot.shared.randomness import SeededRandomness
from entrepot.shared.telemetry import configure_logging
from tests.support.asgi_client import AsgiClient
from tests.support.clock import ManualClock
from tests.support.tokens import bearer

BuildClient = Callable[..., AsgiClient]
QUERY = "query Me { me { name notes { text } } }"


def logging(**options: Any) -> RouterConfig:
    section = ObservabilityConfig(access_log=AccessLogConfig(enabled=True, **options))
    return RouterConfig(observability=section, demand_control=DemandControlConfig(mode="measure"))


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The lines written, without what the processors of the process add."""
    written: list[dict[str, Any]] = []

    class Log:
        def info(self, event: str, **fields: Any) -> None:
            written.append({"event": event, **fields})

    monkeypatch.setattr(access_log, "_log", Log())
    return written


async def test_a_line_tells_what_was_asked_and_what_came_of_it(
    build_client: BuildClient, lines: list[dict[str, Any]]
) -> None:
    headers = {"apollographql-client-name": "shop", "apollographql-client-version": "7"}
    answer = await build_client(logging()).post({"query": QUERY}, headers=headers)
    (line,) = lines
    assert line.pop("milliseconds") >= 0
    assert line == {
        "event": "request",
        "status": 200,
        "codes": [],
        "bytes": len(answer.body),
        "client_name": "shop",
        "client_version": "7",
        "fetches": 2,
        "operation": "Me",
        "kind": "query",
        "outcome": "answered",
        "document": hash_text(QUERY),
        "cost": line["cost"],
    }
    assert line["cost"] > 0


async def test_tokens_and_variables_are_in_no_line(
    build_client: BuildClient, lines: list[dict[str, Any]], clock: ManualClock
) -> None:
    client = build_client(logging())
    headers = bearer(clock)
    rename = "mutation Q($name: String!) { rename(id: 1, name: $name) { name } }"
    answer = await client.query(rename, {"name": "secret-7"}, headers=headers)
    assert answer.json == {"data": {"rename": {"name": "secret-7"}}}
    await client.query("query Q($id: ID!) { me { name } }", {"id": ["secret-7"]}, headers=headers)
    await client.query("{", headers={"authorization": "Bearer forged-7"})
    assert len(lines) == 3
    text = repr(lines)
    assert "secret-7" not in text
    assert "forged-7" not in text
    assert headers["authorization"] not in text


async def test_a_refusal_has_its_codes(build_client: BuildClient, lines: list[dict[str, Any]]) -> None:
    client = build_client(logging())
    await client.query("{ nothing other }")
    await client.post(body=b"nonsense")
    assert [(line["codes"], line.get("outcome"), line["status"]) for line in lines] == [
        (["GRAPHQL_VALIDATION_FAILED"], "refused", 200),
        (["BAD_REQUEST"], None, 400),
    ]


async def test_names_are_cut(build_client: BuildClient, lines: list[dict[str, Any]]) -> None:
    name = "N" * 5000
    await build_client(logging()).query(f"query {name} {{ me {{ name }} }}", headers={"graphql-client-name": name})
    assert len(lines[0]["operation"]) == len(lines[0]["client_name"]) == 100


async def test_a_share_is_logged_and_all_failures(build_client: BuildClient, lines: list[dict[str, Any]]) -> None:
    client = build_client(logging(percent=20), randomness=SeededRandomness(7))
    for _ in range(200):
        await client.query("{ me { name } }")
    assert 20 < len(lines) < 60
    lines.clear()
    for _ in range(10):
        await client.query("{ nothing }")
    assert len(lines) == 10


async def test_without_failures_only_the_share_counts(build_client: BuildClient, lines: list[dict[str, Any]]) -> None:
    client = build_client(logging(percent=0, failures=False))
    await client.query("{ nothing }")
    await client.query("{ me { name } }")
    assert lines == []


async def test_nothing_is_written_unless_it_is_on(build_client: BuildClient) -> None:
    with capture_logs() as logs:
        await build_client().query("{ me { name } }")
    assert [entry for entry in logs if entry["event"] == "request"] == []


async def test_the_schema_check_counts_the_lines_of_a_router(
    build_client: BuildClient, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """As a router writes them: with all that the configuration of logs adds."""
    configure_logging(json=True)
    await build_client(logging()).post({"query": QUERY}, headers={"apollographql-client-name": "shop"})
    file = tmp_path / "access.log"
    file.write_text(capfd.readouterr().err)
    traffic = read_traffic([file], TrafficFilter(since=datetime.now(UTC) - timedelta(days=1)))
    assert (traffic.requests, traffic.describe(hash_text(QUERY))) == (1, "1 of 1 requests (shop 1)")
    assert not read_traffic([file], TrafficFilter(since=datetime.now(UTC) + timedelta(days=1))).requests
