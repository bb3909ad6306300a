"""Under which keys an answer is kept: the question, and on whose behalf it was asked."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Final

import orjson

from entrepot.router.execution import SubgraphRequest
from entrepot.router.traffic.resilience.deduplication import list_distinguishing_headers
from entrepot.shared.auth import ANONYMOUS

# What says who asks, in whatever form the subgraph is told of it.
_CREDENTIALS: Final = ("authorization", "cookie")


def has_identity(request: SubgraphRequest) -> bool:
    """Whether the subgraph is told who asks."""
    is_known = request.identity is not None and request.identity != ANONYMOUS
    return is_known or any(name in request.headers for name in _CREDENTIALS)


def read_identity(request: SubgraphRequest) -> bytes | None:
    """On whose behalf it is asked, as text that is the same in every process; None when that cannot be told."""
    try:
        return orjson.dumps(request.identity, default=_sort)
    except orjson.JSONEncodeError:
        return None


def name_answer(
    request: SubgraphRequest, frame: bytes, text: bytes | None, identity: bytes, *, is_shared: bool
) -> tuple[str, ...]:
    """The key of who asks, and with `is_shared` everybody's, for one entity or, with `text` None, for everything.

    `frame` is the question without entities. Every header counts by which the subgraph could tell two requests apart;
    for everybody's, all but those that say who asks.
    """
    headers = sorted(list_distinguishing_headers(request))
    question = (request.subgraph.encode(), request.url.encode(), frame, b"" if text is None else text)
    own = _hash(b"own", *question, identity, *_flatten(headers))
    if not is_shared:
        return (own,)
    common = [item for item in headers if item[0] not in _CREDENTIALS]
    return own, _hash(b"all", *question, *_flatten(common))


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
    return f"answer:{digest.hexdigest()}"
