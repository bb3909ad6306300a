"""A remote JSON Web Key Set: cached, and fetched again for an unknown key id."""

from __future__ import annotations

import asyncio
import math
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import aiohttp
import orjson

from entrepot.router.execution.causes import describe_cause
from entrepot.router.execution.transports.redirections import open_session
from entrepot.shared.auth import KeySet, VerificationKey, read_key_set
from entrepot.shared.clock import Clock
from entrepot.shared.errors import Unauthenticated
from entrepot.shared.telemetry import get_logger

FetchKeySet = Callable[[], Awaitable[Mapping[str, Any]]]
_MAX_BYTES = 1024 * 1024
_RENEWED = 0.8
_log = get_logger(__name__)


class RemoteKeys:
    """A JSON Web Key Set (RFC 7517) behind a fetch.

    It is fetched by one at a time: in the background in the last fifth of its `lifetime`, so that nobody waits for it,
    and else when it is needed. Keys that are known go on to be used for `stale` seconds more while the issuer fails.
    An unknown key id causes a fetch at most once in `cooldown` seconds, so that forged tokens cannot be turned into
    load on the issuer.
    """

    def __init__(
        self, fetch: FetchKeySet, clock: Clock, *, cooldown: float, lifetime: float, stale: float = math.inf
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._cooldown = cooldown
        self._lifetime = lifetime
        self._stale = stale
        self._renewal: asyncio.Task[None] | None = None
        self._keys = KeySet()
        self._tried_at: float | None = None
        self._fetched_at: float | None = None
        self._lock = asyncio.Lock()

    async def find_keys(self, key_id: str | None, *, is_outdated: bool = False) -> Sequence[VerificationKey]:
        """The keys of that id, or else those without any; all keys for None. Empty when the issuer has none.

        Raises Unauthenticated when the issuer could never be asked, or not for too long.
        """

        def is_lacking() -> bool:
            return is_outdated or (key_id is not None and key_id not in self._keys)

        if is_lacking() or self._is_older(self._fetched_at, self._lifetime):
            await self._refresh_when(is_lacking, self._lifetime)
        elif self._is_older(self._fetched_at, self._lifetime * _RENEWED) and self._renewal is None:
            renewal = self._refresh_when(lambda: False, self._lifetime * _RENEWED)
            self._renewal = asyncio.create_task(renewal)
            self._renewal.add_done_callback(self._end_renewal)
        if self._is_older(self._fetched_at, self._lifetime + self._stale):
            raise Unauthenticated("Tokens cannot be verified at the moment. Try again shortly.")
        return self._keys.find(key_id)

    async def _refresh_when(self, is_lacking: Callable[[], bool], age: float) -> None:
        async with self._lock:
            # Who waited for the lock finds the work done.
            is_due = is_lacking() or self._is_older(self._fetched_at, age)
            if is_due and self._is_older(self._tried_at, self._cooldown):
                await self._refresh()

    def _end_renewal(self, renewal: asyncio.Task[None]) -> None:
        self._renewal = None
        if not renewal.cancelled() and renewal.exception() is not None:
            _log.error("jwks.renewal_failed", exc_info=renewal.exception())

    async def _refresh(self) -> None:
        self._tried_at = self._clock.monotonic()
        try:
            self._keys = read_key_set(await self._fetch())
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            _log.warning("jwks.fetch_failed", error=repr(error), cause=describe_cause(error))
            return
        self._fetched_at = self._clock.monotonic()

    def _is_older(self, moment: float | None, seconds: float) -> bool:
        return moment is None or self._clock.monotonic() - moment >= seconds


def fetch_over_http(url: str, timeout: float, tls: ssl.SSLContext | None = None) -> FetchKeySet:
    """A fetch of the key set at the address, over a new connection each time; redirections are not followed.

    `tls` is for https, by default with the CAs of the system.
    """

    async def fetch() -> Mapping[str, Any]:
        limits = aiohttp.ClientTimeout(total=timeout)
        async with open_session(timeout=limits) as session, session.get(url, ssl=tls or True) as response:
            response.raise_for_status()
            body = bytearray()
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > _MAX_BYTES:
                    raise ValueError("The key set is too large.")
        return _decode(bytes(body))

    return fetch


def _decode(body: bytes) -> Mapping[str, Any]:
    content = orjson.loads(body)
    if not isinstance(content, dict):
        raise ValueError("The key set is not a JSON object.")  # noqa: TRY004 - a value from afar, not a type of ours
    return content
