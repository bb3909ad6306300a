"""A verified token is known until it expires, is revoked, or its key is withdrawn."""

from collections.abc import Sequence
from typing import Any

import jwt
import pytest

from entrepot.shared.auth import Denylist, StaticKeys, TokenRules, TokenVerifier, VerificationKey
from entrepot.shared.caching import MemoryCache
from entrepot.shared.errors import Unauthenticated
from tests.support.clock import ManualClock
from tests.support.tokens import AUDIENCE, ISSUER, build_token, key_set


class Rotating:
    """Keys that can be replaced."""

    def __init__(self) -> None:
        self.keys = StaticKeys(key_set("k1"))

    async def find_keys(self, key_id: str | None, *, is_outdated: bool = False) -> Sequence[VerificationKey]:
        return await self.keys.find_keys(key_id, is_outdated=is_outdated)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tokens whose signature was verified."""
    tokens: list[str] = []
    original = jwt.decode

    def decode(token: str, *arguments: Any, **options: Any) -> Any:
        tokens.append(token)
        return original(token, *arguments, **options)

    monkeypatch.setattr(jwt, "decode", decode)
    return tokens


def build(clock: ManualClock, keys: Any = None, **options: Any) -> TokenVerifier:
    return TokenVerifier(TokenRules(ISSUER, AUDIENCE), keys or Rotating(), clock, **options)


async def test_a_signature_is_verified_once(clock: ManualClock, decoded: list[str]) -> None:
    verifier, token = build(clock), build_token(clock)
    assert [(await verifier.verify(token)).user_id for _ in range(3)] == ["usr_1"] * 3
    assert decoded == [token]


async def test_its_times_hold_all_the_same(clock: ManualClock) -> None:
    verifier, token = build(clock), build_token(clock, seconds=60)
    await verifier.verify(token)
    clock.advance(66)
    with pytest.raises(Unauthenticated, match="expired"):
        await verifier.verify(token)


async def test_a_revoked_token_is_refused_though_it_is_known(clock: ManualClock) -> None:
    denylist = Denylist(MemoryCache(clock), clock)
    verifier, token = build(clock, denylist=denylist), build_token(clock)
    principal = await verifier.verify(token)
    assert principal.token_id is not None
    assert principal.expires_at is not None
    await denylist.revoke(principal.token_id, principal.expires_at)
    with pytest.raises(Unauthenticated, match="revoked"):
        await verifier.verify(token)


async def test_a_withdrawn_key_takes_its_tokens_along(clock: ManualClock) -> None:
    keys = Rotating()
    verifier, token = build(clock, keys), build_token(clock)
    await verifier.verify(token)
    keys.keys = StaticKeys(key_set("k2"))
    with pytest.raises(Unauthenticated):
        await verifier.verify(token)


async def test_a_replaced_key_is_verified_against(clock: ManualClock) -> None:
    keys = Rotating()
    verifier, token = build(clock, keys), build_token(clock)
    await verifier.verify(token)
    forged = key_set("k2")["keys"][0] | {"kid": "k1"}
    keys.keys = StaticKeys({"keys": [forged]})
    with pytest.raises(Unauthenticated):
        await verifier.verify(token)


async def test_only_so_many_are_known(clock: ManualClock, decoded: list[str]) -> None:
    verifier = build(clock, max_known=2)
    tokens = [build_token(clock, jti=f"t{number}") for number in range(3)]
    for token in (*tokens, tokens[2], tokens[0]):
        await verifier.verify(token)
    assert decoded == [*tokens, tokens[0]]
