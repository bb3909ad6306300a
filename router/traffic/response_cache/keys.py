"""Cache keys: of the request, and of the identity of its caller."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Final

import orjson

from entrepot.router.execution import SubgraphRequest
from entrepot.router.traffic.resilience.deduplication import list_distinguishing_headers
from entrepot.shared.auth import ANONYMOUS

# Headers that identify the caller.
_CREDENTIALS: Final = ("authorization", "cookie")


def has_identity(request: SubgraphRequest) -> bool:
    """Whether the request identifies a caller to the subgraph."""
    has_principal = request.identity is not None and request.identity != ANONYMOUS
    return has_principal or any(name in request.headers for name in _CREDENTIALS)


def read_identity(request: SubgraphRequest) -> bytes | None:
    """The identity as text that is the same in every process; None when it cannot be serialized."""
    try:
        return orjson.dumps(request.identity, default=_sort)
    except orjson.JSONEncodeError:
        return None


def build_cache_keys(
    request: SubgraphRequest, frame: bytes, text: bytes | None, identity: bytes, *, is_shared: bool
) -> tuple[str, ...]:
    """The key of the identity and, with `is_shared`, the shared key; of an entity or (`text` None) the response.

    `frame` is the request body without its representations. A key covers every header that can change the response; the
    shared key leaves out those that identify the caller.
    """
    headers = sorted(list_distinguishing_headers(request))
    parts = (request.subgraph.encode(), request.url.encode(), frame, b"" if text is None else text)
    own = _hash(b"own", *parts, identity, *_flatten(headers))
    if not is_shared:
        return (own,)
    common = [item for item in headers if item[0] not in _CREDENTIALS]
    return own, _hash(b"all", *parts, *_flatten(common))


def _sort(value: object) -> list[Any]:
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError


def _flatten(headers: Iterable[tuple[str, str]]) -> Iterable[bytes]:
    return (text.encode() for item in headers for text in item)


def _hash(*parts: bytes) -> str:
    digest = sha256()
    for part in parts:
        # With their lengths, so that no two lists of parts make the same text.
        digest.update(b"%d:" % len(part))
        digest.update(part)
    return f"response:{digest.hexdigest()}"
