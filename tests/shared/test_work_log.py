"""The lines of operations and events: what is on them, what never is, and which of them are written."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from structlog.testing import capture_logs

from entrepot.shared.auth import ANONYMOUS, IDENTITY_HEADER, IdentitySigner, IdentityVerifier
from entrepot.shared.errors import SettingsInvalid
from entrepot.shared.events import Consumer, Message
from entrepot.shared.events.contracts.orders import OrderCancelled
from entrepot.shared.events.inbox.consumer import ConsumerRules
from entrepot.shared.graphql import IdentityPolicy
from entrepot.shared.telemetry import (
    Trace,
    bind_trace,
    configure_work_log,
    get_logger,
    log_event,
    log_transition,
    work_log,
)
from entrepot.shared.telemetry.work_log import LOGGER_NAME
from tests.support.asgi_client import AsgiClient
from tests.support.catalog import Catalog
from tests.support.subgraphs import STAFF, SubgraphUnderTest, open_subgraph

CREATE = """mutation CreateOne($input: CreateLocationInput!) {
  createLocation(input: $input) { location { id } errors { __typename } } }"""
LIST = "query All { locations(first: 5) { edges { node { code } } } }"
EVENT: dict[str, Any] = {
    "subgraph": "orders",
    "handler": "stock-held",
    "type_": "inventory.stock.held",
    "event_id": "evt_1",
    "subject": "ord_1",
    "attempt": 1,
    "seconds": 0.0125,
}


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    caplog.set_level(logging.INFO, LOGGER_NAME)
    # One that was used before keeps how logging was configured then.
    monkeypatch.setattr(work_log, "_log", get_logger(LOGGER_NAME))
    configure_work_log({})
    with capture_logs() as captured:
        yield captured
    configure_work_log({})


def only(lines: list[Any], event: str) -> list[dict[str, Any]]:
    return [dict(line) for line in lines if line["event"] == event]


async def create(inventory: SubgraphUnderTest, **given: str) -> Any:
    return await inventory.execute(CREATE, STAFF, input={"name": "Secret Street 5", **given})


async def test_an_operation_has_its_line(tmp_path: Path, lines: list[Any]) -> None:
    async with open_subgraph("inventory", tmp_path) as inventory:
        made = await create(inventory, code="north", idempotencyKey="a")
        assert made["data"]["createLocation"]["errors"] == []
        await create(inventory, code="north", idempotencyKey="b")
        await inventory.execute(LIST, STAFF)
        await inventory.execute(LIST, ANONYMOUS)
    written = only(lines, "operation")
    facts = ("subgraph", "kind", "operation", "outcome", "codes")
    assert [tuple(line.get(fact) for fact in facts) for line in written] == [
        ("inventory", "mutation", "CreateOne", "answered", None),
        ("inventory", "mutation", "CreateOne", "refused", ["LOCATION_CODE_TAKEN"]),
        ("inventory", "query", "All", "answered", None),
        ("inventory", "query", "All", "failed", ["UNAUTHENTICATED"]),
    ]
    assert {line["log_level"] for line in written} == {"info"}
    assert written[0]["document"] == written[1]["document"] != written[2]["document"]
    assert all(len(line["document"]) == 64 and line["milliseconds"] >= 0 for line in written)
    assert "Secret Street" not in str(written)


async def test_aggregates_that_were_changed_are_on_the_line(tmp_path: Path, lines: list[Any]) -> None:
    async with open_subgraph("catalog", tmp_path) as catalog:
        shop = Catalog(catalog)
        variant_id = await shop.variant(await shop.product())
    product, variant = [line["aggregates"] for line in only(lines, "operation")]
    assert (len(product), sorted(variant)) == (1, sorted([*product, variant_id]))


async def test_a_request_over_http_has_one_line(tmp_path: Path, lines: list[Any]) -> None:
    """Whichever way it goes through the subgraph: the quick one, or Strawberry's view."""
    async with open_subgraph("catalog", tmp_path) as catalog:
        key = Ed25519PrivateKey.generate()
        identity = IdentityPolicy(IdentityVerifier(key.public_key(), "catalog", catalog.clock))
        client = AsgiClient(catalog.process.build_app(identity))
        headers = {IDENTITY_HEADER: IdentitySigner(key, catalog.clock).token_for(STAFF, "catalog")}
        for query in ("query Quick { __typename }", "query Slow { __schema { queryType { name } } }"):
            await client.post({"query": query}, headers=headers)
    assert [(line["operation"], line["outcome"]) for line in only(lines, "operation")] == [
        ("Quick", "answered"),
        ("Slow", "answered"),
    ]


async def test_an_event_has_its_line(tmp_path: Path, lines: list[Any]) -> None:
    async with open_subgraph("carts", tmp_path) as carts:
        cancelled = OrderCancelled(order_id="ord_1", customer_id="usr_1", cart_id="cart_1", reason="OUT_OF_STOCK")
        envelope = carts.envelope(cancelled)
        await carts.receive_again(envelope)
    (line,) = only(lines, "event")
    assert line | {"milliseconds": 0, "handler": ""} == {
        "event": "event",
        "log_level": "info",
        "subgraph": "carts",
        "handler": "",
        "type": "orders.order.cancelled",
        "event_id": envelope.id,
        "subject": "ord_1",
        "attempt": 1,
        "outcome": "handled",
        "milliseconds": 0,
    }


async def test_an_event_that_becomes_a_dead_letter_says_so(tmp_path: Path, lines: list[Any]) -> None:
    async with open_subgraph("carts", tmp_path) as carts:
        (declared,) = carts.process.subgraph.handlers[OrderCancelled]

        async def fail(*_arguments: Any) -> None:
            raise RuntimeError("no")

        broken = {OrderCancelled: (type(declared)(declared.name, fail),)}
        envelope = carts.envelope(
            OrderCancelled(order_id="ord_1", customer_id="usr_1", cart_id="cart_1", reason="OUT_OF_STOCK")
        )
        consumer = Consumer(broken, carts.transactions, ConsumerRules(attempts=1))
        await consumer.receive(Message("entrepot.orders", "ord_1", envelope.to_json()))
    assert [(line["outcome"], line["attempt"]) for line in only(lines, "event")] == [("dead_lettered", 1)]


class TestSampling:
    def count(self, lines: list[Any], outcome: str) -> int:
        lines.clear()
        for number in range(256):
            with bind_trace(Trace("req", f"{number * 2**24:08x}{0:024x}", "0" * 16)):
                log_event(**EVENT, outcome=outcome)
        return len(lines)

    @pytest.mark.parametrize(
        ("environ", "handled", "failed"),
        [
            ({}, 256, 256),
            ({"ENTREPOT_WORK_LOG_PERCENT": "25"}, 64, 256),
            ({"ENTREPOT_WORK_LOG_PERCENT": "25", "ENTREPOT_WORK_LOG_FAILURES": "false"}, 64, 64),
            ({"ENTREPOT_WORK_LOG_PERCENT": "0"}, 0, 256),
            ({"ENTREPOT_WORK_LOG_PERCENT": "0", "ENTREPOT_WORK_LOG_FAILURES": "false"}, 0, 0),
        ],
    )
    def test_a_share_of_traces_and_all_failures(
        self, lines: list[Any], environ: dict[str, str], handled: int, failed: int
    ) -> None:
        configure_work_log(environ)
        assert (self.count(lines, "handled"), self.count(lines, "dead_lettered")) == (handled, failed)

    def test_all_processes_draw_the_same_traces(self, lines: list[Any]) -> None:
        configure_work_log({"ENTREPOT_WORK_LOG_PERCENT": "50"})
        assert [self.count(lines, "handled") for _ in range(2)] == [128, 128]

    def test_a_transition_is_always_written(self, lines: list[Any]) -> None:
        configure_work_log({"ENTREPOT_WORK_LOG_PERCENT": "0"})
        log_transition(
            subgraph="orders", object_type="Order", object_id="ord_1", state="CANCELLED", reason="OUT_OF_STOCK"
        )
        assert [(line["object_id"], line["state"], line["reason"]) for line in lines] == [
            ("ord_1", "CANCELLED", "OUT_OF_STOCK")
        ]

    def test_nothing_is_written_above_the_level(self, lines: list[Any], caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.WARNING, LOGGER_NAME)
        log_event(**EVENT, outcome="dead_lettered")
        log_transition(subgraph="orders", object_type="Order", object_id="ord_1", state="CANCELLED")
        assert lines == []

    @pytest.mark.parametrize("percent", ["-1", "101", "most"])
    def test_another_percentage_is_refused(self, percent: str) -> None:
        with pytest.raises(SettingsInvalid, match="ENTREPOT_WORK_LOG_PERCENT"):
            configure_work_log({"ENTREPOT_WORK_LOG_PERCENT": percent})
