"""An HTTP session that never follows a redirection: the server that sent it would choose where requests go."""

from __future__ import annotations

from typing import Any, Final

import aiohttp

_REDIRECTIONS: Final = range(300, 400)


class RedirectionRefused(aiohttp.ClientError):
    """The server answered with a redirection."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the server answered with HTTP status {status}, and redirections are not followed")
        self.status = status


def open_session(**options: Any) -> aiohttp.ClientSession:
    """A session whose requests and WebSocket handshakes raise RedirectionRefused for a redirection.

    It keeps no cookies, which would pass from user to user. `options` are those of `aiohttp.ClientSession`.
    """
    return aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), middlewares=(_refuse_redirections,), **options)


async def _refuse_redirections(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    response = await send(request)
    if response.status in _REDIRECTIONS:
        response.close()
        raise RedirectionRefused(response.status)
    return response
