"""`Cache-Control` of the client's response, from the freshness of all its fetches (RFC 9111)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from entrepot.router.config import RouterConfig
from entrepot.router.execution import ExecutionResult, FetchRecord
from entrepot.router.traffic.response_cache.cache_control import Freshness, combine, read_freshness
from entrepot.shared.auth import Principal


def list_variance(config: RouterConfig, propagated: Iterable[str]) -> tuple[str, ...]:
    """The request headers on which a response depends, with those that are `propagated`, each once."""
    names = ["authorization", *propagated]
    keys = config.authentication.api_keys
    if keys.keys or keys.file is not None:
        names.append(keys.header.lower())
    if config.cors.origins:
        names.append("origin")
    return tuple(dict.fromkeys(names))


def describe_caching(
    result: ExecutionResult, records: Iterable[FetchRecord], principal: Principal, variance: Iterable[str]
) -> tuple[tuple[bytes, bytes], ...]:
    """The headers `Cache-Control`, `Age` and `Vary` of the answer; none where it must not be kept.

    That is any with an error, and any with a part of which its subgraph does not say how long it holds. What was
    answered to somebody who is logged in is private. `variance` are the request headers on which the answer depends.
    """
    freshness = None if result.errors else combine(map(_read, records))
    if freshness is None:
        return ()
    if principal.is_authenticated:
        freshness = replace(freshness, is_public=False)
    headers = freshness.to_headers()
    vary = (b"vary", ", ".join(variance).encode("latin-1"))
    return (*((name.encode(), value.encode()) for name, value in headers.items()), vary)


def _read(record: FetchRecord) -> Freshness | None:
    if record.failure is not None or record.errors or record.cookies or record.status is None:
        return None
    return read_freshness(record.status, record.headers)
