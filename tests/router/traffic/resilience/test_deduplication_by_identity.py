"""Through a whole router: callers with one identity share reads, and nobody gets another's answer."""

import asyncio
import json
from collections import Counter
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from entrepot.router.app import build_router_app
from entrepot.router.config import HeaderRule, IdentityConfig, RouterConfig
from entrepot.router.execution.transports.asgi import AsgiTransport
from entrepot.shared.auth import IDENTITY_HEADER, IdentitySigner, IdentityVerifier
from tests.support.asgi_client import AsgiClient
from tests.support.clock import ManualClock
from tests.support.scripted_transport import settle
from tests.support.small_graph import SUPERGRAPH
from tests.support.tokens import bearer, build_verifier


class WhoAmI:
    """A subgraph that answers everybody with their own name, when it is told to."""

    def __init__(self, clock: ManualClock) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.verifier = IdentityVerifier(self.key.public_key(), "people", clock)
        self.asked: list[dict[str, str]] = []
        self.gate = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.asked.append(headers)
        await self.gate.wait()
        token = headers.get(IDENTITY_HEADER)
        caller = headers.get("authorization", headers.get("cookie", "")) if token is None else self.of(token)
        body = json.dumps({"data": {"me": {"name": caller}}}).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})

    def of(self, token: str) -> str:
        return str(self.verifier.verify(token).user_id)


async def ask_all(app: Any, subgraph: WhoAmI, callers: list[dict[str, str]]) -> list[str]:
    client = AsgiClient(app)
    tasks = [asyncio.create_task(client.query("{ me { name } }", headers=caller)) for caller in callers]
    for _ in range(10):
        await settle()
    subgraph.gate.set()
    return [answer.json["data"]["me"]["name"] for answer in await asyncio.gather(*tasks)]


async def test_signed_identities() -> None:
    clock = ManualClock()
    subgraph = WhoAmI(clock)
    app = build_router_app(
        RouterConfig(identity=IdentityConfig(mode="internal")),
        SUPERGRAPH,
        transport=AsgiTransport({"people": subgraph}),
        verifier=build_verifier(clock),
        signer=IdentitySigner(subgraph.key, clock),
        clock=clock,
    )
    callers = [bearer(clock, sub=name) for name in ("ada", "bob")] + [{}]
    names = await ask_all(app, subgraph, callers * 10)
    assert names == ["ada", "bob", "None"] * 10
    # Each was asked for once, with a request id and a trace of its own.
    assert Counter(subgraph.of(headers[IDENTITY_HEADER]) for headers in subgraph.asked) == {
        "ada": 1,
        "bob": 1,
        "None": 1,
    }


async def test_a_signature_that_was_renewed_makes_no_other_caller() -> None:
    clock = ManualClock()
    subgraph = WhoAmI(clock)
    signer = IdentitySigner(subgraph.key, clock)
    app = build_router_app(
        RouterConfig(identity=IdentityConfig(mode="internal")),
        SUPERGRAPH,
        transport=AsgiTransport({"people": subgraph}),
        verifier=build_verifier(clock),
        signer=signer,
        clock=clock,
    )
    client, ada = AsgiClient(app), bearer(clock, sub="ada")
    first = asyncio.create_task(client.query("{ me { name } }", headers=ada))
    for _ in range(10):
        await settle()
    before = subgraph.asked[0][IDENTITY_HEADER]
    clock.advance(45)
    assert signer.token_for(subgraph.verifier.verify(before), "people") != before
    assert await ask_all(app, subgraph, [ada, bearer(clock, sub="bob")]) == ["ada", "bob"]
    await first
    assert len(subgraph.asked) == 2


async def test_forwarded_tokens_and_cookies_tell_callers_apart() -> None:
    for mode, header in (("forward", "authorization"), ("off", "cookie")):
        subgraph = WhoAmI(ManualClock())
        rules = (HeaderRule(propagate=("cookie",)),)
        app = build_router_app(
            RouterConfig(identity=IdentityConfig(mode=mode), headers=rules),  # type: ignore[arg-type]  # a literal
            SUPERGRAPH,
            transport=AsgiTransport({"people": subgraph}),
        )
        callers = [{header: name} for name in ("ada", "bob")]
        assert await ask_all(app, subgraph, callers * 5) == ["ada", "bob"] * 5
        assert len(subgraph.asked) == 2
