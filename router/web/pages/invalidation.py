"""The HTTP endpoint that invalidates cached responses by tag."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

import msgspec

from entrepot.router.config import InvalidationConfig
from entrepot.router.errors import PayloadTooLarge
from entrepot.router.web.asgi import ClientDisconnected, Receive, Scope, Send, read_headers, send_json
from entrepot.router.web.http.decode import read_body
from entrepot.shared.caching import CacheUnavailable

Invalidate = Callable[[Iterable[str]], Awaitable[None]]
_MAX_BYTES: Final = 1024 * 1024


class _Tags(msgspec.Struct, frozen=True):
    tags: list[str]


class Invalidation:
    """Answers `POST {"tags": [...]}` of those who know the token."""

    def __init__(self, config: InvalidationConfig, invalidate: Invalidate) -> None:
        self._expected = f"Bearer {config.token}".encode()
        self._invalidate = invalidate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = read_headers(scope)
        if not hmac.compare_digest(headers.get("authorization", "").encode(), self._expected):
            await _refuse(send, 401, "This needs `Authorization: Bearer <token>` with the token of the configuration.")
            return
        if scope["method"] != "POST":
            await _refuse(send, 405, "Send POST.")
            return
        try:
            tags = msgspec.json.decode(await read_body(headers, receive, _MAX_BYTES), type=_Tags).tags
            await self._invalidate(tags)
        except ClientDisconnected:
            return
        except PayloadTooLarge as error:
            await _refuse(send, 413, error.message)
        except (msgspec.DecodeError, UnicodeDecodeError):
            await _refuse(send, 400, 'Send {"tags": ["..."]}.')
        except CacheUnavailable:
            await _refuse(send, 503, "The cache does not answer, so that nothing was forgotten. Send it again.")
        else:
            await send_json(send, 200, {"invalidated": len(tags)})


async def _refuse(send: Send, status: int, message: str) -> None:
    await send_json(send, status, {"errors": [{"message": message}]})
