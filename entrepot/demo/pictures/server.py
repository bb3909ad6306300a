"""Serves the pictures beside another application, drawn when they are asked for."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final
from zlib import crc32

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from entrepot.demo.pictures.drawing import draw_picture

_PREFIX: Final = "/pictures/"
_SUFFIX: Final = ".svg"
_METHODS: Final = ("GET", "HEAD")
_HEADERS: Final = {
    "cache-control": "public, max-age=3600",
    "x-content-type-options": "nosniff",
    # A picture that is opened by itself loads and runs nothing.
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
}


class PictureServer:
    """Answers `/pictures/NAME.svg`, and hands everything else on."""

    def __init__(self, app: Any) -> None:
        self._app: ASGIApp = app
        self._closing = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_PREFIX):
            await self._app(scope, receive, send)
            return
        await _answer(scope)(scope, receive, send)

    def begin_closing(self) -> None:
        """Part of an orderly end: the application does it."""
        self._closing.begin_closing()

    async def end_streams(self) -> None:
        """The same."""
        await self._closing.end_streams()


def _answer(scope: Scope) -> Response:
    if scope["method"] not in _METHODS:
        return PlainTextResponse("Pictures are read with GET.", 405, {"allow": ", ".join(_METHODS)})
    name = scope["path"].removeprefix(_PREFIX)
    picture = _read(name.removesuffix(_SUFFIX)) if name.endswith(_SUFFIX) else None
    if picture is None:
        return PlainTextResponse("There is no such picture.", 404)
    headers = {**_HEADERS, "etag": picture[1]}
    if picture[1] in Headers(scope=scope).get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(picture[0], headers=headers, media_type="image/svg+xml")


@lru_cache(maxsize=512)
def _read(name: str) -> tuple[bytes, str] | None:
    """The picture and its tag."""
    drawn = draw_picture(name)
    if drawn is None:
        return None
    content = drawn.encode()
    return content, f'"{crc32(content):08x}"'
