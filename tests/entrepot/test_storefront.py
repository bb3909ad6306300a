"""What the storefront answers in front of the router: pages, assets, and nothing that is not its own."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from entrepot.demo.pictures import PictureServer
from entrepot.router.app import RouterApp, build_router_app
from entrepot.router.config import RouterConfig
from entrepot.router.execution.transports.asgi import AsgiTransport
from entrepot.wiring import storefront
from tests.support.mesh import serve
from tests.support.small_graph import SUPERGRAPH, SmallGraph

PAGE = "<!doctype html><title>Shop</title>"
DOCUMENT = "query People { people(first: 2) { id } }"


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A build with a page, two assets, and what is not for browsers."""
    build = tmp_path / "dist"
    (build / "assets").mkdir(parents=True)
    (build / "index.html").write_text(PAGE)
    (build / "assets" / "index-Bq2.js").write_text("start()")
    (build / "assets" / "icon-Xy1.svg").write_text("<svg/>")
    (build / "persisted-documents.json").write_text(json.dumps({"people": DOCUMENT}))
    (tmp_path / "secret.txt").write_text("secret")
    return build


@pytest.fixture
def router(build: Path) -> RouterApp:
    config = storefront.register_documents(RouterConfig(), build)
    return build_router_app(config, SUPERGRAPH, transport=AsgiTransport(SmallGraph().apps))


@pytest.fixture
async def session(router: RouterApp, build: Path) -> AsyncIterator[aiohttp.ClientSession]:
    app = storefront.mount(PictureServer(router), router.config.server.path, build)
    async with serve(app) as port, aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        yield session


class TestPages:
    @pytest.mark.parametrize(
        "path", ["/", "/cart", "/product/harbour-espresso", "/orders/ord_1", "/no/such/page", "/graphqls"]
    )
    async def test_every_path_of_a_page_is_the_page(self, session: aiohttp.ClientSession, path: str) -> None:
        async with session.get(path) as response:
            assert (response.status, await response.text()) == (200, PAGE)
            assert response.headers["content-type"] == "text/html; charset=utf-8"
            assert response.headers["cache-control"] == "no-cache"
            policy = dict(part.strip().split(" ", 1) for part in response.headers["content-security-policy"].split(";"))
        assert policy == {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "img-src": "'self'",
            "connect-src": "'self'",
            "base-uri": "'none'",
            "form-action": "'none'",
            "frame-ancestors": "'none'",
            "require-trusted-types-for": "'script'",
            "trusted-types": "'none'",
        }

    async def test_head_has_no_body(self, session: aiohttp.ClientSession) -> None:
        async with session.head("/cart") as response:
            assert (response.status, response.headers["content-length"]) == (200, str(len(PAGE)))
            assert await response.read() == b""

    async def test_other_methods_are_the_routers(self, session: aiohttp.ClientSession) -> None:
        async with session.post("/cart", data="x") as response:
            assert response.status == 404


class TestAssets:
    @pytest.mark.parametrize(
        ("path", "kind"),
        [("/assets/index-Bq2.js", "text/javascript; charset=utf-8"), ("/assets/icon-Xy1.svg", "image/svg+xml")],
    )
    async def test_an_asset_is_kept_for_good(self, session: aiohttp.ClientSession, path: str, kind: str) -> None:
        async with session.get(path) as response:
            assert (response.status, response.headers["content-type"]) == (200, kind)
            assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert response.headers["x-content-type-options"] == "nosniff"

    @pytest.mark.parametrize(
        "path",
        [
            "/assets/gone.js",
            "/index.html",
            "/persisted-documents.json",
            "/assets/../../secret.txt",
            "/assets/%2e%2e/%2e%2e/secret.txt",
            "/..%2fsecret.txt",
            "/favicon.ico",
        ],
    )
    async def test_nothing_else_is_served(self, session: aiohttp.ClientSession, path: str) -> None:
        async with session.get(URL(path, encoded=True)) as response:
            assert response.status == 404
            assert "secret" not in await response.text()


class TestWhatStandsBehind:
    async def test_the_graph_answers_and_knows_the_documents(self, session: aiohttp.ClientSession) -> None:
        async with session.post("/graphql", json={"documentId": "people"}) as response:
            assert len((await response.json())["data"]["people"]) == 2

    async def test_other_operations_run_as_before(self, session: aiohttp.ClientSession) -> None:
        async with session.post("/graphql", json={"query": "{ people { id } }"}) as response:
            assert "errors" not in await response.json()

    @pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/graphql", "/pictures/harbour-espresso.svg"])
    async def test_what_others_serve_is_theirs(self, session: aiohttp.ClientSession, path: str) -> None:
        async with session.get(path, headers={"accept": "*/*"}) as response:
            assert await response.text() != PAGE

    async def test_an_unknown_path_of_theirs_is_no_page(self, session: aiohttp.ClientSession) -> None:
        async with session.get("/health/unknown") as response:
            assert response.status == 404


async def test_without_a_build_the_root_leads_to_the_explorer(router: RouterApp, tmp_path: Path) -> None:
    app = storefront.mount(router, "/graphql", tmp_path / "nothing")
    async with (
        serve(app) as port,
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/", allow_redirects=False) as response,
    ):
        assert (response.status, response.headers["location"]) == (307, "/graphql")


def test_without_a_build_no_document_is_registered(tmp_path: Path) -> None:
    assert storefront.register_documents(RouterConfig(), tmp_path) == RouterConfig()
