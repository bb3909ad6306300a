"""CORS (Fetch standard section 3.2), CSRF prevention, and the origin of WebSocket connections."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

from entrepot.router.config import CorsConfig, CsrfConfig
from entrepot.router.errors import ConfigurationInvalid, CsrfSuspected, OriginRefused
from entrepot.router.web.asgi import ASGIApp, Message, RawHeaders, Receive, Scope, Send, read_headers

_ORIGIN: Final = re.compile(r"(https?://(?:[a-z0-9.-]+|\[[0-9a-f:]+\]))(?::[0-9]{1,5})?")
_CONFIGURED_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:([0-9]{1,5}|\*))?")
OnRefused = Callable[[OriginRefused, Scope, Mapping[str, str]], None]


def check_csrf(headers: Mapping[str, str], config: CsrfConfig) -> None:
    """Refuse a request that a browser could have sent for a page of any origin; raises CsrfSuspected.

    Asked of requests that need no preflight. Every browser names itself `Mozilla/` and none lets a page change that
    without a preflight; programs, which hold no credentials of a user, are let through.
    """
    if not config.enabled or any(name in headers for name in config.headers):
        return
    agent = headers.get("user-agent", "Mozilla/")
    if not (agent.startswith("Mozilla/") or "origin" in headers or "sec-fetch-site" in headers):
        return
    raise CsrfSuspected(
        f"A browser could have sent this on behalf of any page. Send POST with JSON, or add the header "
        f"`{config.headers[0]}`."
        if config.headers
        else "A browser could have sent this on behalf of any page. Send POST with JSON."
    )


class Cors:
    """Middleware: answers preflights, and lets pages of the configured origins read answers.

    `on_refused` is called for each WebSocket connection of a page of another origin.
    """

    def __init__(self, app: ASGIApp, config: CorsConfig, on_refused: OnRefused) -> None:
        self._app = app
        self._config = config
        _check_origins(config)
        self._any_port = frozenset(origin[:-2] for origin in config.origins if origin.endswith(":*"))
        self._on_refused = on_refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin = _read_origin(scope)
        if origin is None or scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._connect(origin, scope, receive, send)
        else:
            await self._answer(origin, scope, receive, send)

    async def _connect(self, origin: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Browsers let every page open a socket to everywhere, so the origin is checked here."""
        headers = read_headers(scope)
        if _is_same_origin(origin, headers):
            await self._app(scope, receive, send)
        elif self._allows(origin):
            if not self._config.allow_credentials:
                # Browsers send cookies with every handshake, whatever CORS says.
                scope = {**scope, "headers": [item for item in scope["headers"] if item[0] != b"cookie"]}
            await self._app(scope, receive, send)
        else:
            refusal = OriginRefused("Pages of this origin may not connect.")
            self._on_refused(refusal, scope, headers)
            await receive()
            await send({"type": "websocket.close", "code": 4403, "reason": refusal.message})

    async def _answer(self, origin: str, scope: Scope, receive: Receive, send: Send) -> None:
        headers = read_headers(scope)
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            raw = self._preflight_headers(origin, headers)
            await send({"type": "http.response.start", "status": 204, "headers": raw})
            await send({"type": "http.response.body", "body": b""})
            return
        extra = self._answer_headers(origin)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _allows(self, origin: str) -> bool:
        if "*" in self._config.origins or origin in self._config.origins:
            return True
        return bool(self._any_port) and _strip_port(origin) in self._any_port

    def _answer_headers(self, origin: str) -> RawHeaders:
        if not self._allows(origin):
            return [(b"vary", b"origin")]
        config = self._config
        allowed = "*" if "*" in config.origins else origin
        raw: RawHeaders = [(b"access-control-allow-origin", allowed.encode("latin-1")), (b"vary", b"origin")]
        if config.allow_credentials:
            raw.append((b"access-control-allow-credentials", b"true"))
        if config.expose_headers:
            raw.append((b"access-control-expose-headers", ", ".join(config.expose_headers).encode("latin-1")))
        return raw

    def _preflight_headers(self, origin: str, headers: Mapping[str, str]) -> RawHeaders:
        raw = self._answer_headers(origin)
        if not self._allows(origin):
            return raw
        asked = headers.get("access-control-request-headers", "")
        allowed = asked if "*" in self._config.headers else ", ".join(self._config.headers)
        return [
            *raw,
            (b"access-control-allow-methods", b"GET, POST"),
            (b"access-control-allow-headers", allowed.encode("latin-1")),
            (b"access-control-max-age", b"%d" % self._config.max_age),
        ]


def _check_origins(config: CorsConfig) -> None:
    """Raise ConfigurationInvalid for origins that would let every page in with credentials, or that are none."""
    for origin in config.origins:
        if origin in ("*", "null"):
            if config.allow_credentials:
                raise ConfigurationInvalid(
                    f"cors.origins holds `{origin}`, and cors.allow_credentials is true: then every page could call "
                    "the router as its visitor. Name the origins, or set allow_credentials to false."
                )
        elif not _CONFIGURED_ORIGIN.fullmatch(origin):
            raise ConfigurationInvalid(
                f"cors.origins: `{origin}` is no origin. Write `scheme://host`, `scheme://host:port` or "
                "`scheme://host:*` in lower case, without a path; or `*` alone for every origin."
            )


def _read_origin(scope: Scope) -> str | None:
    for name, value in scope.get("headers", ()):
        if name == b"origin":
            origin: str = value.decode("latin-1")
            return origin
    return None


def _strip_port(origin: str) -> str:
    """The origin without its port; nothing when no browser sends such an origin."""
    match = _ORIGIN.fullmatch(origin)
    return match[1] if match else ""


def _is_same_origin(origin: str, headers: Mapping[str, str]) -> bool:
    try:
        netloc = urlsplit(origin).netloc
    except ValueError:
        # No browser sends such an origin.
        return False
    return bool(netloc) and netloc.lower() == headers.get("host", "").lower()
