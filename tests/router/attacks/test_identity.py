"""Attacks on who is calling: forged tokens and keys, forged identity, other callers' answers, foreign pages."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any
from unittest.mock import AsyncMock

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from entrepot.router.app import RouterApp
from entrepot.router.config import CorsConfig, HeaderRule, IdentityConfig, RouterConfig
from entrepot.router.errors import ConfigurationInvalid
from entrepot.router.pipeline.authentication.jwks import RemoteKeys
from entrepot.router.pipeline.instrumentation.security_log import SecurityEvent
from entrepot.router.web.asgi import read_headers
from entrepot.router.web.http.security import Cors
from entrepot.shared.auth import IDENTITY_HEADER, IdentitySigner, IdentityVerifier, TokenRules, TokenVerifier
from tests.support.asgi_client import AsgiClient
from tests.support.clock import ManualClock
from tests.support.small_graph import SmallGraph
from tests.support.tokens import AUDIENCE, ISSUER, bearer, build_token, key_set, signing_key

BuildClient = Callable[..., AsgiClient]
SECRET = "{ secret }"


def claims(clock: ManualClock, **more: Any) -> dict[str, Any]:
    now = int(clock.now().timestamp())
    known = {"iss": ISSUER, "aud": AUDIENCE, "sub": "usr_1", "jti": "t1", "iat": now, "exp": now + 300}
    return known | more


def sign_with_secret(content: Mapping[str, Any], secret: bytes, **header: Any) -> str:
    """A token signed by HMAC with any secret, which a library refuses to make for a public key."""

    def encode(value: Any) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    body = encode({"alg": "HS256", "typ": "JWT", **header}) + b"." + encode(content)
    signature = base64.urlsafe_b64encode(hmac.new(secret, body, hashlib.sha256).digest()).rstrip(b"=")
    return (body + b"." + signature).decode()


def public_pem() -> bytes:
    return signing_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def forge(name: str, clock: ManualClock) -> str:
    content = claims(clock, scope="admin")
    forged: dict[str, Callable[[], str]] = {
        "HS256 with the public key as its secret": lambda: sign_with_secret(content, public_pem(), kid="k1"),
        "no algorithm": lambda: jwt.encode(content, "", algorithm="none", headers={"kid": "k1"}),
        "no key id": lambda: jwt.encode(content, signing_key(), algorithm="RS256"),
        "another's key": lambda: build_token(clock, key=signing_key("mallory"), kid="k1"),
        "a key id that is a path": lambda: build_token(clock, key=signing_key("mallory"), kid="../../../dev/null"),
        "a key id that is SQL": lambda: build_token(clock, key=signing_key("mallory"), kid="' UNION SELECT 'k1"),
        "a key that the token brings along": lambda: jwt.encode(
            content,
            signing_key("mallory"),
            algorithm="RS256",
            headers={"kid": "mallory", "jwk": key_set("mallory")["keys"][0]},
        ),
        "a key set that the token points to": lambda: jwt.encode(
            content,
            signing_key("mallory"),
            algorithm="RS256",
            headers={"kid": "mallory", "jku": "https://mallory.test/jwks"},
        ),
        "claims that were exchanged": lambda: ".".join(
            [
                build_token(clock).split(".")[0],
                base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("="),
                build_token(clock).split(".")[2],
            ]
        ),
    }
    return forged[name]()


FORGERIES = [
    "HS256 with the public key as its secret",
    "no algorithm",
    "no key id",
    "another's key",
    "a key id that is a path",
    "a key id that is SQL",
    "a key that the token brings along",
    "a key set that the token points to",
    "claims that were exchanged",
]


@pytest.mark.parametrize("name", FORGERIES)
async def test_a_forged_token_is_refused_and_noted_as_such(
    build_client: BuildClient, clock: ManualClock, name: str
) -> None:
    events: list[SecurityEvent] = []
    client = build_client(on_security_event=events.append)
    token = forge(name, clock)
    refused = await client.query(SECRET, headers={"authorization": f"Bearer {token}"})
    assert (refused.status, refused.codes) == (401, ["UNAUTHENTICATED"])
    assert [(event.kind, event.code) for event in events] == [("token_forged", "UNAUTHENTICATED")]
    assert token not in repr(events)


async def test_a_forged_key_id_fetches_nothing_and_swaps_no_keys(build_client: BuildClient, clock: ManualClock) -> None:
    fetches = 0

    async def fetch() -> Mapping[str, Any]:
        nonlocal fetches
        fetches += 1
        return key_set("k1")

    keys = RemoteKeys(fetch, clock, cooldown=30, lifetime=600)
    client = build_client(verifier=TokenVerifier(TokenRules(ISSUER, AUDIENCE), keys, clock))
    for name in FORGERIES * 3:
        assert (await client.query(SECRET, headers={"authorization": f"Bearer {forge(name, clock)}"})).status == 401
    assert fetches == 1
    assert (await client.query(SECRET, headers=bearer(clock))).json["data"] == {"secret": "the cake"}


async def test_a_swapped_key_set_ends_the_tokens_of_the_old_one(build_client: BuildClient, clock: ManualClock) -> None:
    content = key_set("k1")

    async def fetch() -> Mapping[str, Any]:
        return content

    keys = RemoteKeys(fetch, clock, cooldown=30, lifetime=60)
    client = build_client(verifier=TokenVerifier(TokenRules(ISSUER, AUDIENCE), keys, clock))
    headers = bearer(clock)
    assert (await client.query(SECRET, headers=headers)).status == 200
    content = {"keys": [{**key_set("other")["keys"][0], "kid": "k1"}]}
    clock.advance(60)
    assert (await client.query(SECRET, headers=headers)).codes == ["UNAUTHENTICATED"]


async def test_an_expired_token_is_refused_and_is_no_forgery(build_client: BuildClient, clock: ManualClock) -> None:
    client = build_client()
    assert (await client.query(SECRET, headers=bearer(clock, seconds=-60))).codes == ["UNAUTHENTICATED"]
    assert client.app.security.counts == {("token_refused", "UNAUTHENTICATED"): 1}


class TestInternalIdentity:
    def build(self, build_client: BuildClient, clock: ManualClock, **options: Any) -> tuple[AsgiClient, Any]:
        key = Ed25519PrivateKey.generate()
        config = RouterConfig(
            identity=IdentityConfig(mode="internal"), headers=(HeaderRule(propagate=("*",)),), **options
        )
        client = build_client(config, signer=IdentitySigner(key, clock))
        return client, IdentityVerifier(key.public_key(), "people", clock)

    async def test_one_that_a_client_sends_goes_no_further(
        self, build_client: BuildClient, clock: ManualClock, graph: SmallGraph
    ) -> None:
        client, verifier = self.build(build_client, clock)
        mallory = IdentitySigner(Ed25519PrivateKey.generate(), clock).sign({"sub": "admin"}, "people")
        await client.query("{ me { id } }", headers={IDENTITY_HEADER: mallory})
        [(_, _, headers)] = graph.requests
        assert headers[IDENTITY_HEADER] != mallory
        assert verifier.verify(headers[IDENTITY_HEADER]).user_id is None

    async def test_an_answer_under_way_is_shared_with_the_same_caller_only(
        self, build_client: BuildClient, clock: ManualClock, graph: SmallGraph
    ) -> None:
        client, verifier = self.build(build_client, clock)
        users = [bearer(clock, sub=name, jti=f"{name}{n}") for n, name in enumerate(["ada", "ada", "eve"])]
        await asyncio.gather(*(client.query("{ me { id } }", headers=user) for user in (*users, {})))
        told = [verifier.verify(headers[IDENTITY_HEADER]).user_id for _, _, headers in graph.requests]
        assert {"ada", "eve", None} == set(told)
        assert told.count("eve") == told.count(None) == 1


async def test_forwarded_tokens_tell_answers_apart(
    build_client: BuildClient, clock: ManualClock, graph: SmallGraph
) -> None:
    client = build_client(RouterConfig(identity=IdentityConfig(mode="forward")))
    users = [bearer(clock, sub=name, jti=name) for name in ("ada", "eve")]
    await asyncio.gather(*(client.query("{ me { id } }", headers=user) for user in users))
    assert sorted(headers["authorization"] for _, _, headers in graph.requests) == sorted(
        user["authorization"] for user in users
    )


BROWSER = {"user-agent": "Mozilla/5.0", "origin": "https://evil.test", "sec-fetch-site": "cross-site"}


class TestForeignPages:
    async def test_a_get_needs_a_header_that_a_page_cannot_set(self, build_client: BuildClient) -> None:
        client = build_client()
        refused = await client.get({"query": "{ __typename }"}, headers=BROWSER)
        assert (refused.status, refused.codes) == (403, ["CSRF_PREVENTED"])
        assert client.app.security.counts == {("csrf_prevented", "CSRF_PREVENTED"): 1}
        passed = await client.get({"query": "{ __typename }"}, headers={**BROWSER, "apollo-require-preflight": "1"})
        assert passed.status == 200

    @pytest.mark.parametrize(
        "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None]
    )
    async def test_a_simple_request_is_not_read(self, client: AsgiClient, media_type: str | None) -> None:
        headers = {**BROWSER, "content-type": media_type}
        refused = await client.send("POST", "/graphql", headers, b'{"query": "mutation { fire(id: 1) }"}')
        assert (refused.status, refused.codes) == (415, ["UNSUPPORTED_MEDIA_TYPE"])

    async def test_a_get_changes_nothing(self, client: AsgiClient, graph: SmallGraph) -> None:
        refused = await client.get(
            {"query": 'mutation { rename(id: 1, name: "x") { id } }'}, headers={"apollo-require-preflight": "1"}
        )
        assert (refused.status, refused.codes) == (405, ["METHOD_NOT_ALLOWED"])
        assert graph.requests == []

    async def test_a_page_that_is_not_listed_may_not_read_answers(self, build_client: BuildClient) -> None:
        client = build_client(RouterConfig(cors=CorsConfig(origins=("https://shop.test",), allow_credentials=True)))
        answer = await client.query("{ __typename }", headers=BROWSER)
        assert "access-control-allow-origin" not in answer.headers


class TestCredentials:
    """F10: no configuration lets every page act as its visitor."""

    @pytest.mark.parametrize("origin", ["*", "null"])
    def test_not_with_every_origin(self, build_app: Callable[..., RouterApp], origin: str) -> None:
        cors = CorsConfig(origins=("https://shop.test", origin), allow_credentials=True)
        with pytest.raises(ConfigurationInvalid, match="every page"):
            build_app(RouterConfig(cors=cors))
        build_app(RouterConfig(cors=CorsConfig(origins=(origin,))))

    @pytest.mark.parametrize(
        "origin",
        [
            "https://*",
            "*://shop.test",
            "https://*.shop.test",
            "https://*:*",
            "*:*",
            "https://shop.test/",
            "shop.test",
            "",
        ],
    )
    def test_nor_with_what_is_no_origin(self, build_app: Callable[..., RouterApp], origin: str) -> None:
        with pytest.raises(ConfigurationInvalid, match="is no origin"):
            build_app(RouterConfig(cors=CorsConfig(origins=(origin,))))

    async def test_a_socket_of_a_page_without_credentials_has_no_cookies(self) -> None:
        reached: list[dict[str, str]] = []

        async def app(scope: Any, _receive: Any, _send: Any) -> None:
            reached.append(read_headers(scope))

        for credentials, origins in ((False, ("*",)), (False, ("https://a.test",)), (True, ("https://a.test",))):
            cors = Cors(app, CorsConfig(origins=origins, allow_credentials=credentials), lambda *_: None)
            for origin in ("https://a.test", "https://router.test"):
                sent = {"origin": origin, "cookie": "sid=1", "authorization": "Bearer x", "host": "router.test"}
                raw = [(name.encode(), value.encode()) for name, value in sent.items()]
                await cors({"type": "websocket", "path": "/graphql", "headers": raw}, AsyncMock(), AsyncMock())
        assert ["cookie" in headers for headers in reached] == [False, True, False, True, True, True]
        assert all("authorization" in headers for headers in reached)


class TestNames:
    """What is not shown is not told by guesses either."""

    async def test_no_message_suggests_a_name(self, build_client: BuildClient) -> None:
        client = build_client(RouterConfig(introspection=False))
        guesses = (
            "{ m }",
            "{ me { nam } }",
            "{ people(firs: 1) { id } }",
            "{ ... on Persn { id } }",
            "query ($f: PersonFilte) { me { id } }",
            "{ people(filter: { minimumAg: 1 }) { id } }",
        )
        for guess in guesses:
            answer = await client.query(guess)
            assert answer.codes
            assert "Did you mean" not in answer.body.decode()
        told = await client.query(
            "query ($f: PersonFilter) { people(filter: $f) { id } }", {"f": {"minimumAg": 1, "minimumAge": 2}}
        )
        assert "Did you mean" not in told.body.decode()

    async def test_introspection_is_refused_and_noted(self, build_client: BuildClient) -> None:
        client = build_client(RouterConfig(introspection=False))
        for query in ("{ __schema { types { name } } }", '{ __type(name: "Person") { name } }'):
            assert "GRAPHQL_VALIDATION_FAILED" in (await client.query(query)).codes
        assert client.app.security.counts == {("introspection_refused", "GRAPHQL_VALIDATION_FAILED"): 2}


async def test_events_tell_who_and_what_and_never_a_token(build_client: BuildClient, clock: ManualClock) -> None:
    events: list[SecurityEvent] = []
    client = build_client(RouterConfig(introspection=False), on_security_event=events.append)
    exchange = client.open(
        "POST",
        "/graphql",
        {"content-type": "application/json", **bearer(clock)},
        json.dumps({"query": "query Curious { __schema { types { name } } }", "operationName": "Curious"}).encode(),
    )
    exchange.scope["client"] = ("192.0.2.1", 4711)
    await exchange.run()
    expected = SecurityEvent("introspection_refused", "GRAPHQL_VALIDATION_FAILED", "192.0.2.1", "usr_1", "Curious")
    assert events == [expected]
