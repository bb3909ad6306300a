"""The explorer: a page for browsers at the endpoint, its files below `/explorer/`."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any, Final

import orjson

from entrepot.router.config import ExplorerConfig
from entrepot.router.web.asgi import Receive, Scope, Send, send_json, send_response
from entrepot.router.web.explorer_variables import check_variables

BUNDLE: Final = Path(__file__).parents[2] / "explorer" / "dist"
_TAG: Final = '<script type="application/json" id="explorer-config">'
# Workers and sockets are of this origin too, so 'self' is enough for them.
_POLICY: Final = (
    b"default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; "
    b"font-src 'self' data:; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    b"frame-ancestors 'none'"
)
_PAGE_HEADERS: Final = (
    (b"content-security-policy", _POLICY),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-cache"),
    (b"vary", b"accept"),
)
# Their names hold a hash of their content.
_FILE_HEADERS: Final = ((b"cache-control", b"public, max-age=31536000, immutable"),)
# Not the system's table of media types: it differs, and a wrong type would be refused by the browser.
_MEDIA_TYPES: Final = {
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".md": b"text/markdown; charset=utf-8",
    ".svg": b"image/svg+xml",
    ".ttf": b"font/ttf",
    ".woff2": b"font/woff2",
}
_UNBUILT: Final = (
    "<!doctype html><title>GraphQL</title><p>The explorer is not built: run <code>make setup</code>. "
    "The endpoint answers GraphQL over HTTP without it."
)


class Explorer:
    """The page with its configuration written in, and the files that it loads."""

    def __init__(self, config: ExplorerConfig, endpoint: str, bundle: Path = BUNDLE) -> None:
        check_variables(config)
        index = bundle / "index.html"
        self._page = build_page(index.read_text(encoding="utf-8"), config, endpoint) if index.is_file() else _UNBUILT
        # Only what is listed here can be asked for, so no path leads out of the folder.
        self._files = {f"/explorer/{path.relative_to(bundle).as_posix()}": path for path in bundle.rglob("*.*")}

    async def send_page(self, send: Send) -> None:
        await send_response(send, 200, self._page.encode(), b"text/html; charset=utf-8", _PAGE_HEADERS)

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer a request below `/explorer/`."""
        path = self._files.get(scope["path"])
        if scope["path"] in ("/explorer/", "/explorer/index.html"):
            await self.send_page(send)
        elif path is None:
            await send_json(send, 404, {"errors": [{"message": "There is no such file."}]})
        else:
            kind = _MEDIA_TYPES.get(path.suffix, b"application/octet-stream")
            await send_response(send, 200, path.read_bytes(), kind, _FILE_HEADERS)


def build_page(html: str, config: ExplorerConfig, endpoint: str) -> str:
    """The page with the configuration in its tag; no text of it can end the tag early."""
    content = orjson.dumps(_describe(config, endpoint)).decode().replace("<", "\\u003c")
    head, tag, tail = html.partition(_TAG)
    _, end, rest = tail.partition("</script>")
    titled = head.replace("<title>GraphQL explorer</title>", f"<title>{escape(config.title)}</title>")
    return f"{titled}{tag}{content}{end}{rest}"


def _describe(config: ExplorerConfig, endpoint: str) -> dict[str, Any]:
    return {
        "endpoint": endpoint,
        "subscriptionEndpoint": endpoint,
        "title": config.title,
        "demoUsers": [
            {"label": user.label, "email": user.email, "password": user.password} for user in config.demo_users
        ],
        "login": config.login and {"document": config.login.document, "tokenPath": config.login.token_path},
        "defaultTabs": [
            {
                "name": tab.name,
                "query": tab.query,
                "variables": tab.variables,
                "requiresLogin": tab.requires_login,
            }
            for tab in config.default_tabs
        ],
        "lookups": [{"document": lookup.document, "providedBy": lookup.provided_by} for lookup in config.lookups],
    }
