"""The storefront of examples/storefront in front of the router: its build below `/`, its documents registered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from entrepot.router.config import RouterConfig
from entrepot.router.web.asgi import Receive, Scope, Send, send_response

BUILD: Final = Path(__file__).resolve().parents[2] / "examples" / "storefront" / "dist"
_MANIFEST: Final = "persisted-documents.json"
_PAGE: Final = "index.html"
_ASSETS: Final = "assets"
_OTHER_PATHS: Final = ("/storefront", "/explorer", "/health", "/metrics", "/pictures", "/.well-known")
_POLICY: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    b"form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_PAGE_HEADERS: Final = (
    (b"content-security-policy", _POLICY),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-cache"),
)
# The names of assets hold a hash of their content.
_ASSET_HEADERS: Final = ((b"cache-control", b"public, max-age=31536000, immutable"),)
# Not the system's table of media types: it differs, and a browser refuses a script of a wrong type.
_MEDIA_TYPES: Final = {
    ".css": b"text/css; charset=utf-8",
    ".html": b"text/html; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".md": b"text/markdown; charset=utf-8",
    ".svg": b"image/svg+xml",
}


class Storefront:
    """Answers the pages and assets of the storefront, and hands everything else on to the application behind it."""

    def __init__(self, app: Any, graph_path: str, build: Path) -> None:
        self._app = app
        self._other_paths = (graph_path, *_OTHER_PATHS)
        self._page = (build / _PAGE).read_bytes()
        # Only what is listed here is served, so no path leads out of the folder.
        self._assets = {f"/{path.relative_to(build).as_posix()}": path for path in (build / _ASSETS).iterdir()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            path: str = scope["path"]
            asset = self._assets.get(path)
            if asset is not None:
                kind = _MEDIA_TYPES.get(asset.suffix, b"application/octet-stream")
                await send_response(send, 200, asset.read_bytes(), kind, _ASSET_HEADERS)
                return
            if self._is_page(path):
                await send_response(send, 200, self._page, _MEDIA_TYPES[".html"], _PAGE_HEADERS)
                return
        await self._app(scope, receive, send)

    def begin_closing(self) -> None:
        """Part of an orderly end: the application does it."""
        self._app.begin_closing()

    async def end_streams(self) -> None:
        """The same."""
        await self._app.end_streams()

    def _is_page(self, path: str) -> bool:
        """Whether the script of the page decides what to show there: not for files, and not for what others serve."""
        is_file = "." in path.rpartition("/")[2]
        return not is_file and not any(path == other or path.startswith(f"{other}/") for other in self._other_paths)


def is_built(build: Path = BUILD) -> bool:
    """Whether there is a storefront to serve: `make setup` builds it, a wheel has none."""
    return (build / _PAGE).is_file()


def register_documents(config: RouterConfig, build: Path = BUILD) -> RouterConfig:
    """The configuration with the storefront's documents registered; without a build, the configuration as it is."""
    manifest = build / _MANIFEST
    if not manifest.is_file():
        return config
    documents = config.persisted_documents
    return replace(config, persisted_documents=replace(documents, paths=(*documents.paths, str(manifest))))


def mount(app: Any, graph_path: str, build: Path = BUILD) -> Any:
    """The application with the storefront in front; without a build, the application alone."""
    return Storefront(app, graph_path, build) if is_built(build) else app
