"""Access tokens of accounts, in the hands of whoever verifies them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.types import ASGIApp, Message

from entrepot.shared.auth import StaticKeys, TokenRules, TokenVerifier
from entrepot.shared.errors import Unauthenticated
from entrepot.subgraphs.accounts.roles import UserRole
from entrepot.subgraphs.registry import load_permissions
from tests.support.accounts import Accounts


def encode_part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def public_verifier(accounts: Accounts, **rules: Any) -> TokenVerifier:
    """A router's: all it has of accounts is the key set, as it is fetched."""
    wanted = TokenRules(**{"issuer": "entrepot", "audience": "entrepot", **rules})
    return TokenVerifier(
        wanted, StaticKeys(accounts.dependencies.keys.public_key_set()), accounts.clock, accounts.dependencies.denylist
    )


async def is_taken(verifier: TokenVerifier, token: str) -> bool:
    try:
        await verifier.verify(token)
    except Unauthenticated:
        return False
    return True


class TestClaims:
    async def test_say_who_where_and_until_when(self, accounts: Accounts) -> None:
        payload = await accounts.register()
        header = jwt.get_unverified_header(payload["accessToken"])
        claims = await public_verifier(accounts).verify_claims(payload["accessToken"])
        now = int(accounts.clock.now().timestamp())
        assert header == {"alg": "RS256", "typ": "at+jwt", "kid": accounts.dependencies.keys.signing_key().id}
        assert claims.pop("jti").startswith("tok_")
        assert claims.pop("sid").startswith("ses_")
        assert claims == {
            "iss": "entrepot",
            "aud": "entrepot",
            "sub": payload["user"]["id"],
            "iat": now,
            "nbf": now,
            "exp": now + 600,
            "scope": "orders:create",
            "roles": ["customer"],
        }

    @pytest.mark.parametrize("role", list(UserRole))
    def test_scopes_are_concrete(self, accounts: Accounts, role: UserRole) -> None:
        token = accounts.dependencies.tokens.issue(user_id="usr_1", session_id="ses_1", roles=[role])
        scope = jwt.decode(token.text, options={"verify_signature": False})["scope"]
        assert set(scope.split()) == load_permissions().expand([role])
        assert "*" not in scope


class TestVerification:
    async def test_takes_a_token_until_it_expires(self, accounts: Accounts) -> None:
        payload = await accounts.register()
        verifier = public_verifier(accounts)
        accounts.clock.advance(604)
        principal = await verifier.verify(payload["accessToken"])
        assert principal.expires_at == accounts.clock.now() - timedelta(seconds=4)
        accounts.clock.advance(1)
        with pytest.raises(Unauthenticated, match="expired"):
            await verifier.verify(payload["accessToken"])

    @pytest.mark.parametrize("rules", [{"issuer": "somebody"}, {"audience": "something"}, {"algorithms": ("ES256",)}])
    async def test_refuses_a_token_for_others(self, accounts: Accounts, rules: dict[str, Any]) -> None:
        payload = await accounts.register()
        with pytest.raises(Unauthenticated):
            await public_verifier(accounts, **rules).verify(payload["accessToken"])

    async def test_refuses_a_token_before_its_time(self, accounts: Accounts) -> None:
        payload = await accounts.register()
        accounts.clock.advance(-60)
        with pytest.raises(Unauthenticated, match="not valid yet"):
            await public_verifier(accounts).verify(payload["accessToken"])

    async def test_refuses_forged_tokens(self, accounts: Accounts) -> None:
        token = (await accounts.register())["accessToken"]
        header, claims, signature = token.split(".")
        more = jwt.decode(token, options={"verify_signature": False}) | {"scope": "users:write"}
        kid = jwt.get_unverified_header(token)["kid"]
        other_key = rsa.generate_private_key(65537, 2048)
        key = accounts.dependencies.keys.signing_key()
        public_pem = key.private_key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        signed = f"{encode_part({'alg': 'HS256', 'typ': 'JWT', 'kid': kid})}.{encode_part(more)}"
        confused = hmac.new(public_pem, signed.encode(), hashlib.sha256).digest()
        forged = {
            "other claims": f"{header}.{encode_part(more)}.{signature}",
            "no signature": f"{header}.{claims}.",
            "alg none": f"{encode_part({'alg': 'none', 'kid': kid})}.{encode_part(more)}.",
            "public key as HMAC secret": f"{signed}.{base64.urlsafe_b64encode(confused).decode().rstrip('=')}",
            "another key": jwt.encode(more, other_key, algorithm="RS256", headers={"kid": kid}),
            "unknown kid": jwt.encode(more, key.private_key, algorithm="RS256", headers={"kid": "unknown"}),
            "no kid": jwt.encode(more, key.private_key, algorithm="RS256"),
            "nothing": "",
        }
        verifier = public_verifier(accounts)
        assert await verifier.verify(token)
        taken = [name for name, text in forged.items() if await is_taken(verifier, text)]
        assert taken == []

    async def test_refuses_revoked_tokens_and_sessions(self, accounts: Accounts) -> None:
        first, second = await accounts.register(), await accounts.log_in()
        verifier = public_verifier(accounts)
        principal = await verifier.verify(first["accessToken"])
        await accounts.dependencies.denylist.revoke(principal.token_id, principal.expires_at)
        await accounts.call("logout", await verifier.verify(second["accessToken"]))
        for payload in (first, second):
            with pytest.raises(Unauthenticated, match="revoked"):
                await verifier.verify(payload["accessToken"])

    async def test_a_session_is_denied_for_as_long_as_any_token_of_it_lives(self, accounts: Accounts) -> None:
        first = await accounts.register()
        accounts.clock.advance(599)
        second = await accounts.refresh(first["refreshToken"])
        await accounts.call("logout", await accounts.principal(first))
        verifier = public_verifier(accounts)
        for _ in range(62):
            for payload in (first, second):
                with pytest.raises(Unauthenticated):
                    await verifier.verify(payload["accessToken"])
            accounts.clock.advance(10)


class TestKeySet:
    async def test_is_published_with_public_members_only(self, accounts: Accounts) -> None:
        status, headers, body = await get(accounts.under_test.process.build_app(), "/.well-known/jwks.json")
        assert status == 200
        assert headers[b"cache-control"] == b"public, max-age=300"
        assert headers[b"content-type"] == b"application/jwk-set+json"
        (key,) = json.loads(body)["keys"]
        assert sorted(key) == ["alg", "e", "kid", "kty", "n", "use"]
        assert (key["alg"], key["kty"], key["use"]) == ("RS256", "RSA", "sig")

    async def test_is_all_that_verification_needs(self, accounts: Accounts) -> None:
        payload = await accounts.register()
        _, _, body = await get(accounts.under_test.process.build_app(), "/.well-known/jwks.json")
        rules = TokenRules(issuer="entrepot", audience="entrepot")
        verifier = TokenVerifier(rules, StaticKeys(json.loads(body)), accounts.clock)
        assert (await verifier.verify(payload["accessToken"])).user_id == payload["user"]["id"]


async def get(app: ASGIApp, path: str) -> tuple[int, dict[bytes, bytes], bytes]:
    """One GET request, straight to the app."""
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": [], "root_path": ""}
    await app(scope, receive, send)
    start, *rest = messages
    return start["status"], dict(start["headers"]), b"".join(message.get("body", b"") for message in rest)
