"""`Cache-Control` of the client's response, from the freshness of all its fetches (RFC 9111)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from entrepot.router.execution import ExecutionResult, FetchRecord
from entrepot.router.traffic.response_cache.cache_control import Freshness, combine, read_freshness
from entrepot.shared.auth import Principal

# Another caller may get another response.
_VARIES: Final = (b"vary", b"authorization")


def describe_caching(
    result: ExecutionResult, records: Iterable[FetchRecord], principal: Principal
) -> tuple[tuple[bytes, bytes], ...]:
    """The headers `Cache-Control` and `Age` of the answer; none where it must not be kept.

    That is any with an error, and any with a part of which its subgraph does not say how long it holds. What was
    answered to somebody who is logged in is private.
    """
    freshness = None if result.errors else combine(map(_read, records))
    if freshness is None:
        return ()
    if principal.is_authenticated:
        freshness = replace(freshness, is_public=False)
    headers = freshness.to_headers()
    return (*((name.encode(), value.encode()) for name, value in headers.items()), _VARIES)


def _read(record: FetchRecord) -> Freshness | None:
    if record.failure is not None or record.errors or record.cookies or record.status is None:
        return None
    return read_freshness(record.status, record.headers)
