"""Tokens of every wrong kind, and what the right ones make of a caller."""

import base64
import hmac
import json
from collections.abc import Callable

import pytest

from entrepot.router.config import AuthenticationConfig, RouterConfig
from entrepot.router.errors import Unauthenticated
from entrepot.router.pipeline.authentication.authenticator import Authenticator, IssuerVerifiers
from entrepot.shared.auth import StaticKeys, TokenRules, TokenVerifier
from tests.support.asgi_client import AsgiClient
from tests.support.clock import ManualClock
from tests.support.small_graph import SmallGraph
from tests.support.tokens import bearer, build_token, build_verifier, key_set, signing_key

PUBLIC = "{ me { name } }"


def _without_signature(clock: ManualClock) -> str:
    header = _encode(json.dumps({"alg": "none", "kid": "k1"}).encode())
    return f"{header}.{build_token(clock).split('.')[1]}."


def _signed_with_the_public_key(clock: ManualClock) -> str:
    """The confusion of algorithms: the public key taken for a shared secret."""
    secret = json.dumps(key_set("k1")["keys"][0]).encode()
    header = _encode(json.dumps({"alg": "HS256", "kid": "k1"}).encode())
    signed = f"{header}.{build_token(clock).split('.')[1]}"
    return f"{signed}.{_encode(hmac.digest(secret, signed.encode(), 'sha256'))}"


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _tampered(clock: ManualClock) -> str:
    head, payload, signature = build_token(clock).split(".")
    other = build_token(clock, sub="usr_2").split(".")[1]
    assert other != payload
    return f"{head}.{other}.{signature}"


BAD_TOKENS: dict[str, Callable[[ManualClock], str]] = {
    "expired": lambda clock: build_token(clock, seconds=-60),
    "not yet valid": lambda clock: build_token(clock, nbf=int(clock.now().timestamp()) + 60),
    "of another audience": lambda clock: build_token(clock, aud="another"),
    "of another issuer": lambda clock: build_token(clock, iss="https://evil.test"),
    "signed with another key": lambda clock: build_token(clock, key=signing_key("evil")),
    "of an unknown key": lambda clock: build_token(clock, kid="k9"),
    "unsigned": _without_signature,
    "signed with the public key": _signed_with_the_public_key,
    "tampered": _tampered,
    "no token": lambda _: "abc",
    "far too long": lambda _: "a" * 9000,
}


class TestRequests:
    @pytest.mark.parametrize("kind", BAD_TOKENS)
    async def test_a_bad_token_is_401_even_for_what_is_public(
        self, client: AsgiClient, clock: ManualClock, graph: SmallGraph, kind: str
    ) -> None:
        for accept in ("application/json", "application/graphql-response+json"):
            headers = {"authorization": f"Bearer {BAD_TOKENS[kind](clock)}", "accept": accept}
            answer = await client.query(PUBLIC, headers=headers)
            assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])
            assert answer.headers["www-authenticate"].startswith("Bearer")
        assert graph.asked == []

    @pytest.mark.parametrize("header", ["Basic abc", "Bearer", "abc"])
    async def test_another_scheme_is_401(self, client: AsgiClient, header: str) -> None:
        assert (await client.query(PUBLIC, headers={"authorization": header})).status == 401

    async def test_a_good_token_is_let_through(self, client: AsgiClient, clock: ManualClock) -> None:
        assert (await client.query("{ secret }", headers=bearer(clock))).json == {"data": {"secret": "the cake"}}

    async def test_anonymous_callers_are_refused_where_a_token_is_required(
        self, build_client: Callable[..., AsgiClient], clock: ManualClock
    ) -> None:
        client = build_client(RouterConfig(authentication=AuthenticationConfig(required=True)))
        assert (await client.query(PUBLIC)).status == 401
        assert (await client.query(PUBLIC, headers=bearer(clock))).status == 200

    async def test_without_a_verifier_nobody_is_known(
        self, build_client: Callable[..., AsgiClient], clock: ManualClock
    ) -> None:
        client = build_client(verifier=None)
        answer = await client.query("{ secret me { name } }", headers=bearer(clock))
        assert answer.json["data"] == {"secret": None, "me": {"name": "Ada"}}


class TestPolicies:
    @pytest.mark.parametrize("claim", [["payroll", "other"], "payroll other"])
    async def test_policies_come_from_their_claim(self, clock: ManualClock, claim: object) -> None:
        config = RouterConfig()
        authenticator = Authenticator(build_verifier(clock), config.authentication, config.authorization)
        caller = await authenticator.authenticate(bearer(clock, policies=claim)["authorization"])
        assert caller.policies == {"payroll", "other"}
        assert caller.principal.user_id == "usr_1"


class TestSeveralIssuers:
    async def test_the_issuer_chooses_its_verifier_and_no_other(self, clock: ManualClock) -> None:
        def verifier(issuer: str, kid: str) -> TokenVerifier:
            return TokenVerifier(TokenRules(issuer, "shop"), StaticKeys(key_set(kid)), clock)

        verifiers = IssuerVerifiers(
            {"https://a.test": verifier("https://a.test", "ka"), "https://b.test": verifier("https://b.test", "kb")}
        )
        config = RouterConfig()
        authenticator = Authenticator(verifiers, config.authentication, config.authorization)

        good = bearer(clock, iss="https://b.test", kid="kb")["authorization"]
        assert (await authenticator.authenticate(good)).principal.is_authenticated
        for bad in (
            bearer(clock, iss="https://a.test", kid="kb"),
            bearer(clock, iss="https://c.test", kid="kb"),
            {"authorization": "Bearer x"},
        ):
            with pytest.raises(Unauthenticated):
                await authenticator.authenticate(bad["authorization"])
