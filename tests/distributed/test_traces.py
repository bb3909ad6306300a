"""One trace from a client's request to the last effect of its order, through every process that had a part in it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import aiohttp

from entrepot.commands.dev import build_config
from entrepot.wiring.embedded import EmbeddedShop
from entrepot.wiring.tracing import read_tracing
from tests.support.buying import PLACE, fill_cart, find_variant, order_input
from tests.support.clients import GraphQLClient
from tests.support.mesh import CHEAP, Shop, serve
from tests.support.otlp import ReceivedSpan, Receiver, receive_spans
from tests.support.purchases import PATIENCE, end_of

CLIENT_SPAN = "00f067aa0ba902b7"
TOKEN = "tok_visa"
WAY = [
    ("entrepot-router", "mutation PlaceOrder"),
    ("entrepot-router", "fetch orders"),
    ("entrepot-orders", "POST /graphql"),
    ("entrepot-orders", "mutation PlaceOrder__orders__0"),
    ("entrepot-orders", "send entrepot.inventory.commands"),
    ("entrepot-inventory", "process hold-stock"),
    ("entrepot-inventory", "send entrepot.inventory"),
    ("entrepot-orders", "process saga-reply"),
    ("entrepot-orders", "send entrepot.payments.commands"),
    ("entrepot-payments", "process authorize-payment"),
    ("entrepot-payments", "process payment"),
    ("entrepot-payments", "send entrepot.payments"),
    ("entrepot-orders", "process saga-reply"),
    ("entrepot-orders", "send entrepot.inventory.commands"),
    ("entrepot-inventory", "process commit-stock"),
    ("entrepot-inventory", "send entrepot.inventory"),
    ("entrepot-orders", "process saga-reply"),
    ("entrepot-orders", "send entrepot.orders"),
    ("entrepot-carts", "process order-confirmed"),
]
"""From the client's request to the last that hears of the order."""


async def place_order(shop: Shop, trace_id: str) -> None:
    """An order that is confirmed; the request that places it, and no other, is part of the trace."""
    ada = await shop.login("ada@example.com")
    cart = await fill_cart(ada, (await find_variant(ada, "BEAN-HARBOUR-250"))["id"])
    wanted = await order_input(ada, cart, TOKEN)
    document = PLACE.replace("mutation (", "mutation PlaceOrder (")
    answer = await ada.send(document, {"input": wanted}, {"traceparent": f"00-{trace_id}-{CLIENT_SPAN}-01"})
    assert answer["data"]["placeOrder"]["errors"] == []
    async with asyncio.timeout(PATIENCE * 4):
        assert await end_of(shop.running, answer["data"]["placeOrder"]["order"]["id"]) == ("CONFIRMED", None)
        await shop.running.wait_until_idle()


async def until_complete(receiver: Receiver, trace_id: str) -> Sequence[ReceivedSpan]:
    """The spans of the trace, when the last handler's is among them and none lacks the one that called for it."""
    async with asyncio.timeout(PATIENCE * 2):
        while True:
            spans = receiver.of_trace(trace_id)
            known = {span.span_id for span in spans} | {CLIENT_SPAN}
            names = {span.name for span in spans}
            if WAY[-1][1] in names and WAY[0][1] in names and all(span.parent_id in known for span in spans):
                return spans
            await asyncio.sleep(0.05)


def check_way(receiver: Receiver, spans: Sequence[ReceivedSpan], way: Sequence[tuple[str, str]]) -> None:
    """Every span leads back to the client's, and the last handler's does so by all that came before."""
    for span in spans:
        assert receiver.path_to_root(span)[-1].parent_id == CLIENT_SPAN
    (last,) = [span for span in spans if span.name == way[-1][1]]
    path = list(reversed(receiver.path_to_root(last)))
    assert [(span.service, span.name) for span in path] == list(way)
    for caller, called in pairwise(path):
        assert caller.started <= called.started, (caller.name, called.name)
    kinds = {span.name.split()[0]: span.kind for span in path}
    assert kinds["send"] == "producer"
    assert kinds["process"] == "consumer"
    assert kinds["POST"] == "server"


def check_statements(spans: Sequence[ReceivedSpan], system: str) -> None:
    """SQL is there, below those who asked for it, and says nothing of anybody."""
    names = {span.span_id: span.name for span in spans}
    statements = [span for span in spans if "db.query.text" in span.attributes]
    callers = {names[span.parent_id].split()[0] for span in statements}
    assert {"mutation", "process"} <= callers
    assert "process payment" in names.values()
    assert {span.attributes["db.system.name"] for span in statements} == {system}
    assert {"INSERT", "SELECT", "UPDATE"} <= {span.attributes["db.operation.name"] for span in statements}
    everything = str([(span.name, span.attributes) for span in spans])
    assert not [secret for secret in (TOKEN, "Hamburg", "ada@example.com") if secret in everything]


class TestInOneProcess:
    async def test_an_order_is_one_trace(self, tmp_path: Path) -> None:
        trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
        with receive_spans() as receiver:
            told = {"ENABLED": "true", "ENDPOINT": receiver.endpoint, "INTERVAL": "0.1", "SERVICE_NAME": "shop"}
            environ = {**CHEAP, **{f"ENTREPOT_TRACING_{key}": value for key, value in told.items()}}
            config = build_config("127.0.0.1", 0, is_demo=True, tracing=read_tracing(environ))
            embedded = EmbeddedShop(tmp_path, environ=environ, is_demo=True)
            await embedded.open(config)
            try:
                async with serve(embedded.router) as port, aiohttp.ClientSession() as session:
                    client = GraphQLClient(session, f"http://127.0.0.1:{port}/graphql")
                    await place_order(Shop(embedded, client, ""), trace_id)
                    spans = await until_complete(receiver, trace_id)
            finally:
                await embedded.close()
            in_one = [(service if service == WAY[0][0] else "shop", name) for service, name in WAY]
            check_way(receiver, spans, in_one)
            check_statements(spans, "sqlite")
            self.check_jobs(receiver, trace_id)

    def check_jobs(self, receiver: Receiver, trace_id: str) -> None:
        """Rounds that found something to do are traces of their own; those that did not left nothing behind."""
        rounds = [span for span in receiver.spans if span.name.startswith("job ")]
        assert {span.name for span in rounds} >= {"job process-payments"}
        assert all(int(span.attributes["entrepot.done"]) > 0 or span.has_failed for span in rounds)
        known = {span.span_id for span in receiver.spans}
        strays = [span for span in receiver.spans if span.parent_id and span.parent_id not in known]
        assert {span.parent_id for span in strays} <= {CLIENT_SPAN}


async def test_an_order_is_one_trace_across_all_processes(shop: Shop, receiver: Receiver) -> None:
    trace_id = "5bf92f3577b34da6a3ce929d0e0e4736"
    await place_order(shop, trace_id)
    spans = await until_complete(receiver, trace_id)
    check_way(receiver, spans, WAY)
    check_statements(spans, "postgresql")
