"""The headers that subgraphs get."""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from entrepot.router.config import HeaderRule, IdentityConfig, RouterConfig
from entrepot.router.errors import ConfigurationInvalid
from entrepot.router.pipeline.execution.request_headers import RequestHeaderPropagation
from entrepot.shared.auth import ADDRESS_HEADER, IDENTITY_HEADER, IdentitySigner, IdentityVerifier
from entrepot.shared.errors import Unauthenticated
from tests.support.asgi_client import AsgiClient
from tests.support.clock import ManualClock
from tests.support.small_graph import SmallGraph
from tests.support.tokens import bearer

QUERY = "{ me { name notes { text } } }"


async def headers_by_subgraph(client: AsgiClient, graph: SmallGraph, **headers: str) -> dict[str, dict[str, str]]:
    graph.requests.clear()
    await client.query(QUERY, headers=headers)
    return {name: sent for name, _, sent in graph.requests}


class TestIdentity:
    async def test_internal_signs_who_is_calling_for_each_subgraph(
        self, build_client: Callable[..., AsgiClient], graph: SmallGraph, clock: ManualClock
    ) -> None:
        key = Ed25519PrivateKey.generate()
        config = RouterConfig(identity=IdentityConfig(mode="internal"))
        client = build_client(config, signer=IdentitySigner(key, clock))
        sent = await headers_by_subgraph(client, graph, **bearer(clock, scopes=["a:b"]))
        for name in ("people", "notes"):
            verifier = IdentityVerifier(key.public_key(), name, clock)
            principal = verifier.verify(sent[name][IDENTITY_HEADER])
            assert (principal.user_id, principal.scopes) == ("usr_1", frozenset({"a:b"}))
            assert "authorization" not in sent[name]
        with pytest.raises(Unauthenticated):
            IdentityVerifier(key.public_key(), "notes", clock).verify(sent["people"][IDENTITY_HEADER])

    async def test_the_anonymous_are_a_principal_too(
        self, build_client: Callable[..., AsgiClient], graph: SmallGraph, clock: ManualClock
    ) -> None:
        key = Ed25519PrivateKey.generate()
        config = RouterConfig(identity=IdentityConfig(mode="internal"))
        sent = await headers_by_subgraph(build_client(config, signer=IdentitySigner(key, clock)), graph)
        assert (
            not IdentityVerifier(key.public_key(), "people", clock)
            .verify(sent["people"][IDENTITY_HEADER])
            .is_authenticated
        )

    @pytest.mark.parametrize("claimed", [{}, {ADDRESS_HEADER: "203.0.113.9"}])
    async def test_mutations_say_where_the_client_is(
        self, build_client: Callable[..., AsgiClient], graph: SmallGraph, clock: ManualClock, claimed: dict[str, str]
    ) -> None:
        """By the router's own word, which no client can put in its mouth."""
        config = RouterConfig(identity=IdentityConfig(mode="internal"), headers=(HeaderRule(propagate=("*",)),))
        client = build_client(config, signer=IdentitySigner(Ed25519PrivateKey.generate(), clock))
        app = client.app

        async def serve_from_afar(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, "client": ("192.0.2.7", 50_000)}, receive, send)

        client.app = serve_from_afar
        rename = 'mutation { rename(id: "1", name: "B") { name } }'
        await client.query(rename, headers=claimed)
        assert [sent[ADDRESS_HEADER] for _, _, sent in graph.requests] == ["192.0.2.7"]
        sent = await headers_by_subgraph(client, graph, **claimed)
        assert ADDRESS_HEADER not in sent["people"], "reads from everywhere may share an answer"

    async def test_forward_passes_the_clients_own_token(
        self, build_client: Callable[..., AsgiClient], graph: SmallGraph, clock: ManualClock
    ) -> None:
        client = build_client(RouterConfig(identity=IdentityConfig(mode="forward")))
        headers = bearer(clock)
        assert (await headers_by_subgraph(client, graph, **headers))["notes"]["authorization"] == headers[
            "authorization"
        ]

    async def test_off_passes_nothing(self, client: AsgiClient, graph: SmallGraph, clock: ManualClock) -> None:
        sent = (await headers_by_subgraph(client, graph, **bearer(clock)))["people"]
        assert not {"authorization", IDENTITY_HEADER} & set(sent)

    def test_internal_without_a_key_is_refused_at_the_start(self) -> None:
        with pytest.raises(ConfigurationInvalid, match="key_file"):
            RequestHeaderPropagation([], IdentityConfig(mode="internal"))


class TestRules:
    @pytest.mark.parametrize("mode", ["off", "forward"])
    async def test_an_identity_that_a_client_claims_is_never_passed_on(
        self, build_client: Callable[..., AsgiClient], graph: SmallGraph, mode: Any
    ) -> None:
        rules = (
            HeaderRule(propagate=("*",)),
            HeaderRule(propagate=("x-mine",), rename={"x-mine": IDENTITY_HEADER}),
        )
        client = build_client(RouterConfig(headers=rules, identity=IdentityConfig(mode=mode)))
        sent = await headers_by_subgraph(client, graph, **{IDENTITY_HEADER: "forged", "x-mine": "forged"})
        assert all("forged" not in headers.get(IDENTITY_HEADER, "") for headers in sent.values())

    async def test_rules_choose_headers_and_subgraphs(
        self, build_client: Callable[..., AsgiClient], graph: SmallGraph
    ) -> None:
        rules = (
            HeaderRule(propagate=("X-Tenant", "x-flag-*")),
            HeaderRule(propagate=("x-old",), rename={"x-old": "x-new"}, insert={"X-Fixed": "1"}, subgraphs=("notes",)),
        )
        client = build_client(RouterConfig(headers=rules))
        sent = await headers_by_subgraph(
            client, graph, **{"X-Tenant": "t", "x-flag-a": "a", "x-old": "o", "x-other": "no", "connection": "close"}
        )
        own = {
            name: {key: value for key, value in headers.items() if key.startswith("x-")}
            for name, headers in sent.items()
        }
        for headers in own.values():
            headers.pop("x-request-id")
        assert own == {
            "people": {"x-tenant": "t", "x-flag-a": "a"},
            "notes": {"x-tenant": "t", "x-flag-a": "a", "x-new": "o", "x-fixed": "1"},
        }

    async def test_headers_of_the_connection_stay(
        self, build_client: Callable[..., AsgiClient], graph: SmallGraph
    ) -> None:
        client = build_client(RouterConfig(headers=(HeaderRule(propagate=("*",)),)))
        sent = await headers_by_subgraph(client, graph, **{"te": "trailers", "x-a": "1"})
        assert sent["people"]["x-a"] == "1"
        assert sent["people"]["host"] == "people.test"
        assert "te" not in sent["people"]
