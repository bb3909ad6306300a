"""Access tokens: the right one is believed, and every wrong one refused alike."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import timedelta
from typing import Any, Final

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from entrepot.shared.auth import Denylist, StaticKeys, TokenRules, TokenVerifier, read_bearer
from entrepot.shared.auth.tokens import MAX_TOKEN_LENGTH
from entrepot.shared.caching import MemoryCache
from entrepot.shared.errors import Unauthenticated
from tests.support.clock import ManualClock

KEY: Final = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY: Final = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CURVE_KEY: Final = ec.generate_private_key(ec.SECP256R1())
EDWARDS_KEY: Final = ed25519.Ed25519PrivateKey.generate()
SHARED_SECRET: Final = b"0" * 32


def public(algorithm: str, key: Any, kid: str | None, **facts: str) -> dict[str, Any]:
    described = jwt.get_algorithm_by_name(algorithm).to_jwk(key, as_dict=True)
    return described | ({"kid": kid} if kid else {}) | facts


KEY_SET: Final = {
    "keys": [
        public("RS256", KEY.public_key(), "main", alg="RS256", use="sig"),
        public("RS256", OTHER_KEY.public_key(), "plain"),
        public("ES256", CURVE_KEY.public_key(), "curve"),
        public("EdDSA", EDWARDS_KEY.public_key(), "edwards"),
        public("HS256", SHARED_SECRET, "octets"),
        public("RS256", KEY.public_key(), None),
        {"kty": "what", "kid": "strange"},
    ]
}


class Issuer:
    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.denylist = Denylist(MemoryCache(clock), clock)
        self.verifier = TokenVerifier(TokenRules("accounts", "entrepot"), StaticKeys(KEY_SET), clock, self.denylist)

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(self.clock.now().timestamp())
        facts = {
            "iss": "accounts",
            "aud": "entrepot",
            "sub": "usr_1",
            "jti": "tok_1",
            "sid": "ses_1",
            "iat": now,
            "nbf": now,
            "exp": now + 600,
            "scope": "orders:create orders:read",
            "roles": ["customer"],
        }
        return {name: value for name, value in (facts | changes).items() if value is not ...}

    def token(
        self, *, key: Any = KEY, algorithm: str = "RS256", headers: dict[str, Any] | None = None, **changes: Any
    ) -> str:
        # PyJWT refuses to sign some of the claims that a wrong issuer would: the payload is written by hand.
        payload = json.dumps(self.claims(**changes)).encode()
        return jwt.PyJWS().encode(payload, key, algorithm=algorithm, headers={"kid": "main"} | (headers or {}))


@pytest.fixture
def issuer(clock: ManualClock) -> Issuer:
    return Issuer(clock)


async def refuse(issuer: Issuer, token: str) -> str:
    with pytest.raises(Unauthenticated) as caught:
        await issuer.verifier.verify(token)
    return caught.value.message


def encode(part: Any) -> str:
    text = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


class TestVerify:
    async def test_believes_the_right_one(self, issuer: Issuer) -> None:
        principal = await issuer.verifier.verify(issuer.token())
        assert principal.user_id == "usr_1"
        assert principal.scopes == {"orders:create", "orders:read"}
        assert (principal.roles, principal.token_id, principal.session_id) == (("customer",), "tok_1", "ses_1")
        assert principal.expires_at == issuer.clock.now() + timedelta(seconds=600)

    async def test_believes_a_key_that_does_not_say_its_algorithm(self, issuer: Issuer) -> None:
        token = issuer.token(key=OTHER_KEY, headers={"kid": "plain"})
        assert (await issuer.verifier.verify(token)).user_id == "usr_1"

    async def test_takes_one_audience_of_several(self, issuer: Issuer) -> None:
        assert await issuer.verifier.verify(issuer.token(aud=["other", "entrepot"]))

    @pytest.mark.parametrize(
        "changes",
        [
            {"aud": "other"},
            {"aud": []},
            {"aud": 1},
            {"aud": None},
            {"aud": ...},
            {"iss": "somebody"},
            {"iss": 1},
            {"iss": ...},
            {"sub": ...},
            {"sub": 1},
            {"sub": ["usr_1"]},
            {"sub": {"id": "usr_1"}},
            {"jti": ...},
            {"jti": 1},
            {"jti": None},
            {"sid": 1},
            {"sid": ["ses_1"]},
            {"iat": ...},
            {"iat": "now"},
            {"iat": True},
            {"exp": ...},
            {"exp": None},
            {"exp": "never"},
            {"exp": True},
            {"exp": []},
            {"exp": 1e308},
            {"exp": 10**30},
            {"exp": float("inf")},
            {"exp": float("nan")},
            {"nbf": "soon"},
            {"nbf": None},
            {"scope": 5},
            {"scope": {"orders:read": True}},
            {"scope": [1]},
            {"scope": [["orders:read"]]},
            {"roles": "admin"},
            {"roles": 1},
            {"roles": [None]},
            {"sub": ""},
            {"sub": "  "},
        ],
    )
    async def test_refuses_claims_that_are_missing_wrong_or_of_a_wrong_type(
        self, issuer: Issuer, changes: dict[str, Any]
    ) -> None:
        await refuse(issuer, issuer.token(**changes))

    async def test_refuses_before_and_after_its_time_but_allows_for_clocks(self, issuer: Issuer) -> None:
        token = issuer.token()
        early = issuer.token(nbf=int(issuer.clock.now().timestamp()) + 6)
        assert "not valid yet" in await refuse(issuer, early)
        assert "not valid yet" in await refuse(issuer, issuer.token(iat=int(issuer.clock.now().timestamp()) + 6))
        issuer.clock.advance(1)
        assert await issuer.verifier.verify(early)
        issuer.clock.advance(603.5)
        assert await issuer.verifier.verify(token)
        issuer.clock.advance(0.5)
        assert "expired" in await refuse(issuer, token)

    @pytest.mark.parametrize("what", ["tok_1", "ses_1"])
    async def test_refuses_what_was_revoked_as_long_as_it_would_be_taken(self, issuer: Issuer, what: str) -> None:
        token = issuer.token()
        await issuer.denylist.revoke(what, issuer.clock.now() + timedelta(seconds=600))
        for pause in (0, 599, 1, 4.5):
            issuer.clock.advance(pause)
            assert "revoked" in await refuse(issuer, token)

    async def test_refuses_none_as_algorithm(self, issuer: Issuer) -> None:
        for algorithm in ("none", "None", "NONE", "", None, 0, [], ["RS256"], {}):
            header = {"alg": algorithm, "typ": "at+jwt", "kid": "main"}
            await refuse(issuer, f"{encode(header)}.{encode(issuer.claims())}.")

    async def test_refuses_the_public_key_as_a_shared_secret(self, issuer: Issuer) -> None:
        pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        for secret in (pem, pem.strip(), json.dumps(KEY_SET["keys"][0]).encode()):
            for algorithm in ("HS256", "RS256"):
                signed = f"{encode({'alg': algorithm, 'kid': 'main'})}.{encode(issuer.claims())}"
                await refuse(issuer, f"{signed}.{encode(hmac.digest(secret, signed.encode(), 'sha256'))}")

    @pytest.mark.parametrize(
        ("key", "algorithm", "kid"),
        [
            (CURVE_KEY, "ES256", "curve"),
            (EDWARDS_KEY, "EdDSA", "edwards"),
            (SHARED_SECRET, "HS256", "octets"),
            (KEY, "RS512", "main"),
            (KEY, "PS256", "main"),
        ],
    )
    async def test_refuses_algorithms_that_are_not_ours(
        self, issuer: Issuer, key: Any, algorithm: str, kid: str
    ) -> None:
        await refuse(issuer, issuer.token(key=key, algorithm=algorithm, headers={"kid": kid}))
        # Signed as the key signs, but under the name of what is allowed.
        header = {"alg": "RS256", "kid": kid}
        signed = f"{encode(header)}.{encode(issuer.claims())}"
        maker = jwt.get_algorithm_by_name(algorithm)
        signature = maker.sign(signed.encode(), maker.prepare_key(key))
        await refuse(issuer, f"{signed}.{encode(signature)}")

    @pytest.mark.parametrize("kid", ["unknown", "plain", "curve", "strange", "", None, 5, ["main"], "../main"])
    async def test_refuses_keys_that_did_not_sign_it(self, issuer: Issuer, kid: Any) -> None:
        header = {"alg": "RS256", "kid": kid}
        signed = f"{encode(header)}.{encode(issuer.claims())}"
        signature = jwt.get_algorithm_by_name("RS256").sign(signed.encode(), KEY)
        await refuse(issuer, f"{signed}.{encode(signature)}")

    async def test_refuses_a_key_that_the_token_brings_along(self, issuer: Issuer) -> None:
        own = public("RS256", OTHER_KEY.public_key(), "main")
        await refuse(issuer, issuer.token(key=OTHER_KEY, headers={"jwk": own, "jku": "https://evil.example/jwks"}))

    async def test_refuses_every_change_of_one_character(self, issuer: Issuer) -> None:
        token = issuer.token()
        for position in range(0, len(token) - 1, 7):
            flipped = "A" if token[position] != "A" else "B"
            await refuse(issuer, token[:position] + flipped + token[position + 1 :])

    @pytest.mark.parametrize(
        "token",
        [
            "",
            ".",
            "..",
            "a.b.c",
            "é.é.é",
            "\ud800.x.y",
            "\0",
            "x" * (MAX_TOKEN_LENGTH + 1),
            f"{encode(b'[' * 5000)}.e30.",
            f"{encode({'alg': 'RS256', 'kid': 'main'})}.{encode(b'[' * 4000)}.AAAA",
            f"{encode([])}.e30.",
            f"{encode('text')}.e30.",
            f"{encode({'alg': 'RS256', 'kid': 'main', 'b64': False, 'crit': ['b64']})}..AAAA",
        ],
    )
    async def test_refuses_what_is_no_token(self, issuer: Issuer, token: str) -> None:
        await refuse(issuer, token)

    async def test_refuses_a_signed_payload_that_is_no_object(self, issuer: Issuer) -> None:
        for payload in (b"[]", b"1", b"null", b"\xff", b"", b"[" * 4000):
            await refuse(issuer, jwt.PyJWS().encode(payload, KEY, algorithm="RS256", headers={"kid": "main"}))

    async def test_tells_nothing_of_its_keys(self, issuer: Issuer) -> None:
        message = await refuse(issuer, issuer.token(key=OTHER_KEY))
        assert "main" not in message
        assert message == "The access token is not valid here. Log in again."


class TestReadBearer:
    @pytest.mark.parametrize("header", [None, "", "  "])
    def test_none_is_none(self, header: str | None) -> None:
        assert read_bearer(header) is None

    @pytest.mark.parametrize("header", ["Bearer abc", "bearer abc", "BEARER   abc  ", " Bearer abc"])
    def test_reads_the_token(self, header: str) -> None:
        assert read_bearer(header) == "abc"

    @pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic dTpw", "abc", "Bearerabc", "Token abc"])
    def test_refuses_what_is_something_else(self, header: str) -> None:
        with pytest.raises(Unauthenticated):
            read_bearer(header)
