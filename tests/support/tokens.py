"""Access tokens as an issuer would make them, and as a forger would."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from entrepot.shared.auth import StaticKeys, TokenRules, TokenVerifier
from entrepot.shared.clock import Clock

ISSUER = "https://accounts.test"
AUDIENCE = "shop"


@cache
def signing_key(kid: str = "k1") -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def key_set(*kids: str) -> dict[str, Any]:
    keys = [
        {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(signing_key(kid).public_key())), "kid": kid, "use": "sig"}
        for kid in kids
    ]
    return {"keys": keys}


def build_verifier(clock: Clock, **options: Any) -> TokenVerifier:
    return TokenVerifier(TokenRules(ISSUER, AUDIENCE), StaticKeys(key_set("k1")), clock, **options)


def build_token(
    clock: Clock, *, scopes: Iterable[str] = (), seconds: float = 300, kid: str = "k1", key: Any = None, **claims: Any
) -> str:
    now = clock.now().timestamp()
    payload = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "usr_1",
        "jti": "t1",
        "iat": int(now),
        "exp": int(now + seconds),
        "scope": " ".join(scopes),
        **claims,
    }
    return jwt.encode(payload, key or signing_key(kid), algorithm="RS256", headers={"kid": kid})


def bearer(clock: Clock, **options: Any) -> dict[str, str]:
    return {"authorization": f"Bearer {build_token(clock, **options)}"}
