"""Keys from afar: kept, fetched again for unknown ids, never a way to load the issuer."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from aiohttp import ClientError, web

from entrepot.router.pipeline.authentication.jwks import RemoteKeys, fetch_over_http
from entrepot.shared.errors import Unauthenticated
from tests.support.clock import ManualClock
from tests.support.tokens import key_set


class Issuer:
    def __init__(self, *kids: str) -> None:
        self.content: Mapping[str, Any] = key_set(*kids)
        self.fetches = 0
        self.failure: Exception | None = None

    async def fetch(self) -> Mapping[str, Any]:
        self.fetches += 1
        await asyncio.sleep(0)
        if self.failure:
            raise self.failure
        return self.content


def build(issuer: Issuer, clock: ManualClock) -> RemoteKeys:
    return RemoteKeys(issuer.fetch, clock, cooldown=30, lifetime=600)


async def test_keys_are_fetched_once_for_many(clock: ManualClock) -> None:
    issuer = Issuer("k1")
    keys = build(issuer, clock)
    found = await asyncio.gather(*(keys.find_keys("k1") for _ in range(10)))
    assert all(found)
    assert issuer.fetches == 1


async def test_a_rotated_key_is_found_after_the_cooldown(clock: ManualClock) -> None:
    issuer = Issuer("k1")
    keys = build(issuer, clock)
    await keys.find_keys("k1")
    issuer.content = key_set("k1", "k2")
    assert not await keys.find_keys("k2")
    clock.advance(30)
    assert await keys.find_keys("k2")
    assert issuer.fetches == 2


async def test_unknown_ids_cause_no_storm(clock: ManualClock) -> None:
    issuer = Issuer("k1")
    keys = build(issuer, clock)
    for number in range(50):
        assert not await keys.find_keys(f"forged-{number}")
    assert issuer.fetches == 1


async def test_keys_are_renewed_when_old_so_that_a_withdrawn_one_goes(clock: ManualClock) -> None:
    issuer = Issuer("k1", "k2")
    keys = build(issuer, clock)
    assert await keys.find_keys("k2")
    issuer.content = key_set("k1")
    clock.advance(600)
    assert not await keys.find_keys("k2")


@pytest.mark.parametrize("failure", [ClientError(), TimeoutError(), ValueError("not JSON")])
async def test_a_failing_issuer_changes_nothing_for_known_keys(clock: ManualClock, failure: Exception) -> None:
    issuer = Issuer("k1")
    keys = build(issuer, clock)
    await keys.find_keys("k1")
    issuer.failure = failure
    clock.advance(601)
    assert await keys.find_keys("k1")
    assert issuer.fetches == 2


async def test_without_any_keys_nobody_is_believed(clock: ManualClock) -> None:
    issuer = Issuer("k1")
    issuer.failure = ClientError()
    with pytest.raises(Unauthenticated, match="cannot be verified at the moment"):
        await build(issuer, clock).find_keys("k1")


@pytest.mark.parametrize("content", [{}, {"keys": 1}, {"keys": {"a": 1}}, []])
async def test_a_malformed_set_is_no_set(clock: ManualClock, content: Any) -> None:
    issuer = Issuer("k1")
    issuer.content = content
    with pytest.raises(Unauthenticated):
        await build(issuer, clock).find_keys("k1")


async def test_keys_for_other_uses_and_shared_secrets_are_passed_over(clock: ManualClock) -> None:
    issuer = Issuer("k1")
    usable = key_set("k1")["keys"][0]
    issuer.content = {
        "keys": [
            {**usable, "kid": "encryption", "use": "enc"},
            {"kty": "oct", "kid": "secret", "k": "AAAA"},
            {"kty": "unknown", "kid": "strange"},
            usable,
        ]
    }
    keys = build(issuer, clock)
    assert await keys.find_keys("k1")
    for kid in ("encryption", "secret", "strange"):
        assert not await keys.find_keys(kid)


class TestOverHttp:
    async def _serve(self, body: bytes, status: int = 200) -> tuple[web.AppRunner, str]:
        async def answer(_request: web.Request) -> web.Response:
            return web.Response(body=body, status=status, content_type="application/jwk-set+json")

        app = web.Application()
        app.router.add_get("/jwks", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/jwks"

    async def test_a_key_set_is_read(self) -> None:
        runner, url = await self._serve(b'{"keys": []}')
        try:
            assert await fetch_over_http(url, 5)() == {"keys": []}
        finally:
            await runner.cleanup()

    @pytest.mark.parametrize(("body", "status"), [(b"{", 200), (b"[]", 200), (b"{}", 500), (b" " * 2_000_000, 200)])
    async def test_anything_else_is_an_error(self, body: bytes, status: int) -> None:
        runner, url = await self._serve(body, status)
        try:
            with pytest.raises((ValueError, ClientError)):
                await fetch_over_http(url, 5)()
        finally:
            await runner.cleanup()


class TestRenewal:
    async def test_keys_are_renewed_ahead_of_their_end_and_nobody_waits(self, clock: ManualClock) -> None:
        issuer = Issuer("k1")
        keys = build(issuer, clock)
        await keys.find_keys("k1")
        issuer.content = key_set("k1", "k2")
        clock.advance(480)
        found = [await keys.find_keys("k1") for _ in range(5)]
        assert all(found)
        assert issuer.fetches == 1
        for _ in range(5):
            await asyncio.sleep(0)
        assert issuer.fetches == 2
        assert await keys.find_keys("k2")
        assert issuer.fetches == 2

    async def test_a_failing_renewal_is_not_repeated_before_the_cooldown(self, clock: ManualClock) -> None:
        issuer = Issuer("k1")
        keys = build(issuer, clock)
        await keys.find_keys("k1")
        issuer.failure = ClientError()
        clock.advance(480)
        for _ in range(20):
            assert await keys.find_keys("k1")
            await asyncio.sleep(0)
        assert issuer.fetches == 2

    async def test_old_keys_are_believed_no_longer_than_is_allowed(self, clock: ManualClock) -> None:
        issuer = Issuer("k1")
        keys = RemoteKeys(issuer.fetch, clock, cooldown=30, lifetime=600, stale=100)
        await keys.find_keys("k1")
        issuer.failure = ClientError()
        clock.advance(699)
        assert await keys.find_keys("k1")
        clock.advance(1)
        with pytest.raises(Unauthenticated, match="cannot be verified at the moment"):
            await keys.find_keys("k1")
        issuer.failure = None
        clock.advance(30)
        assert await keys.find_keys("k1")

    async def test_the_set_is_never_fetched_twice_at_once(self, clock: ManualClock) -> None:
        issuer = Issuer("k1")
        keys = RemoteKeys(issuer.fetch, clock, cooldown=0, lifetime=600)
        await asyncio.gather(*(keys.find_keys("k1") for _ in range(20)))
        assert issuer.fetches == 1


class TestKeysOfASet:
    """A key that is not as it should be spoils itself alone (faults/security F14 d, faults/router/06)."""

    @pytest.mark.parametrize(
        "bad", [5, None, "k1", ["kid"], {}, {"kid": ["k1"], "kty": "RSA"}, {"kid": "k1", "n": "!"}]
    )
    async def test_a_malformed_key_is_left_out(self, clock: ManualClock, bad: Any) -> None:
        issuer = Issuer("k1")
        issuer.content = {"keys": [bad, *key_set("k1")["keys"], bad]}
        (found,) = await build(issuer, clock).find_keys("k1")
        assert found.algorithms == ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")

    @pytest.mark.parametrize("members", [{"use": "enc"}, {"key_ops": ["encrypt"]}, {"alg": "RSA-OAEP"}])
    async def test_a_key_for_something_else_verifies_nothing(self, clock: ManualClock, members: dict[str, Any]) -> None:
        issuer = Issuer("k1")
        issuer.content = {"keys": [{**key, **members} for key in key_set("k1")["keys"]]}
        assert not await build(issuer, clock).find_keys("k1")

    async def test_all_keys_for_a_token_without_key_id(self, clock: ManualClock) -> None:
        issuer = Issuer("k1", "k2")
        keys = build(issuer, clock)
        assert [key.key_id for key in await keys.find_keys(None)] == ["k1", "k2"]
        issuer.content = key_set("k3")
        assert len(await keys.find_keys(None)) == 2
        clock.advance(30)
        assert [key.key_id for key in await keys.find_keys(None, is_outdated=True)] == ["k3"]
        for _ in range(20):
            await keys.find_keys(None, is_outdated=True)
        assert issuer.fetches == 2
