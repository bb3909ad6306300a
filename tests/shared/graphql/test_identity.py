"""Whom a subgraph believes: the router's word, or, when so set, the client's own token."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.requests import HTTPConnection

from entrepot.shared.auth import ADDRESS_HEADER, ANONYMOUS, IDENTITY_HEADER, IdentitySigner, IdentityVerifier, Principal
from entrepot.shared.errors import Unauthenticated
from entrepot.shared.graphql import IdentityPolicy
from tests.support.clock import ManualClock

CUSTOMER = Principal(user_id="usr_1")
OWN = Principal(user_id="usr_2", scopes=frozenset({"orders:read"}))


class Tokens:
    """Believes one token."""

    async def verify(self, token: str) -> Principal:
        if token != "own":
            raise Unauthenticated("No.")
        return OWN


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def connection(**headers: str) -> HTTPConnection:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return HTTPConnection({"type": "http", "headers": raw})


def policy(key: Ed25519PrivateKey, clock: ManualClock, *, access_tokens: bool) -> IdentityPolicy:
    tokens: Any = Tokens() if access_tokens else None
    return IdentityPolicy(IdentityVerifier(key.public_key(), "orders", clock), tokens)


@pytest.mark.parametrize("access_tokens", [False, True])
async def test_the_routers_word_counts_for_both(
    key: Ed25519PrivateKey, clock: ManualClock, *, access_tokens: bool
) -> None:
    token = IdentitySigner(key, clock).token_for(CUSTOMER, "orders")
    asked = connection(**{IDENTITY_HEADER: token, "authorization": "Bearer own"})
    assert await policy(key, clock, access_tokens=access_tokens).identify(asked) == CUSTOMER
    # A false word is not made good by a token beside it.
    forged = connection(**{IDENTITY_HEADER: token[:-4] + "AAAA", "authorization": "Bearer own"})
    with pytest.raises(Unauthenticated):
        await policy(key, clock, access_tokens=access_tokens).identify(forged)


async def test_an_own_token_counts_only_when_so_set(key: Ed25519PrivateKey, clock: ManualClock) -> None:
    asked = connection(authorization="Bearer own")
    assert await policy(key, clock, access_tokens=True).identify(asked) == OWN
    with pytest.raises(Unauthenticated, match="through its router"):
        await policy(key, clock, access_tokens=False).identify(asked)


async def test_without_any_one_is_anonymous_or_nobody(key: Ed25519PrivateKey, clock: ManualClock) -> None:
    assert await policy(key, clock, access_tokens=True).identify(connection()) is ANONYMOUS
    with pytest.raises(Unauthenticated):
        await policy(key, clock, access_tokens=False).identify(connection())


@pytest.mark.parametrize("header", ["Bearer other", "Bearer", "Basic own", "own"])
async def test_a_wrong_token_is_not_anonymous(key: Ed25519PrivateKey, clock: ManualClock, header: str) -> None:
    with pytest.raises(Unauthenticated):
        await policy(key, clock, access_tokens=True).identify(connection(authorization=header))


def test_an_address_counts_only_beside_the_routers_word(key: Ed25519PrivateKey, clock: ManualClock) -> None:
    believing = policy(key, clock, access_tokens=True)
    token = IdentitySigner(key, clock).token_for(CUSTOMER, "orders")
    said = {ADDRESS_HEADER: "192.0.2.1"}
    assert believing.read_address(connection(**{IDENTITY_HEADER: token, **said})) == "192.0.2.1"
    assert believing.read_address(connection(**{IDENTITY_HEADER: token})) is None
    assert believing.read_address(connection(authorization="Bearer own", **said)) is None
