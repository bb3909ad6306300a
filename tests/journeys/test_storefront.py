"""The storefront in a real browser: a guest fills a cart, signs up at the checkout, and sees the order confirmed."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from entrepot.demo.pictures import PictureServer
from entrepot.demo.preparing import prepare_demo_data
from entrepot.router.config import PersistedDocumentsConfig
from entrepot.shared.clock import SystemClock
from entrepot.wiring import storefront
from entrepot.wiring.storefront_graph import StorefrontGraph
from tests.support.mesh import open_shop, serve
from tests.support.node import NodeClient, need_browser, need_chromium
from tests.support.tree import ROOT

# A page ends requests that nobody waits for any more, and graphql-core then leaves coroutines of theirs unawaited.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <coroutine object:pytest.PytestUnraisableExceptionWarning"
)
PICTURES = ROOT / "build" / "storefront"
SEEN = {"home", "menu", "category", "search", "product", "cart", "checkout-account", "checkout-address"} | {
    "checkout-payment",
    "order-declined",
    "order",
    "account",
}


@pytest.fixture
def browser() -> NodeClient:
    return need_browser(storefront.BUILD / "index.html")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the whole demonstration, prepared once."""
    folder = tmp_path_factory.mktemp("storefront")

    async def prepare() -> None:
        async with open_shop(folder, prepare=preparation(folder)):
            pass

    asyncio.run(prepare())
    return folder


def preparation(folder: Path) -> Any:
    return partial(prepare_demo_data, folder=folder, clock=SystemClock(), write=print)


@pytest.fixture
async def graphs(folder: Path) -> AsyncIterator[StorefrontGraph]:
    """The graphs of the shop, where the full one runs no operation, and that of storefronts only theirs."""
    async with open_shop(
        folder, prepare=preparation(folder), persisted_documents=PersistedDocumentsConfig(mode="safelist")
    ) as shop:
        yield shop.running.app


async def visit(browser: NodeClient, app: Any, options: dict[str, Any]) -> tuple[int | None, str, str]:
    """Exit status, output and complaints of the program that uses the page."""
    async with serve(app) as port:
        process = await asyncio.create_subprocess_exec(
            *browser.command("storefront.mjs", json.dumps({"url": f"http://127.0.0.1:{port}", **options})),
            cwd=browser.folder,
            env={**browser.environment, "CHROMIUM": need_chromium()},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            output, complaints = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
    # What such a request left is collected here, not during another test.
    gc.collect()
    return process.returncode, output.decode(), complaints.decode()


@pytest.mark.browser
@pytest.mark.node
class TestAPurchase:
    @pytest.mark.parametrize(
        "options",
        [
            pytest.param({"width": 1440, "height": 900}, id="wide"),
            pytest.param({"width": 390, "height": 844}, id="narrow"),
            pytest.param({"width": 1440, "height": 900, "byKeyboard": True, "scheme": "dark"}, id="keyboard"),
            pytest.param({"width": 390, "height": 844, "scheme": "dark", "breakStream": True}, id="broken streams"),
        ],
    )
    async def test_from_the_first_page_to_the_order(
        self, browser: NodeClient, graphs: StorefrontGraph, options: dict[str, Any], request: pytest.FixtureRequest
    ) -> None:
        name = request.node.callspec.id.replace(" ", "-")
        pictures = PICTURES / name
        pictures.mkdir(parents=True, exist_ok=True)
        app = storefront.mount(PictureServer(graphs), "/graphql")
        person = {"email": f"{name}@example.com", "pictures": str(pictures)}
        status, output, complaints = await visit(browser, app, {**options, **person})
        assert status == 0, complaints
        seen = json.loads(output)
        assert seen["orders"] == ["Confirmed", "Cancelled"]
        assert seen["declined"] != seen["confirmed"]
        assert {"Category", "Suggest", "Register", "PlaceOrder", "FollowOrder", "Refresh"} <= set(seen["operations"])
        if options.get("breakStream"):
            assert seen["streams"]["cut"] == 2
            # Each goes on behind what was known, as far as the order had come when it was shown.
            assert min(seen["streams"]["after"]) >= 1
        assert {path.name.rsplit(f"-{options['width']}", 1)[0] for path in pictures.glob("*.png")} >= SEEN

    async def test_a_page_without_its_script_is_noticed(self, browser: NodeClient, graphs: StorefrontGraph) -> None:
        app = storefront.mount(PictureServer(graphs), "/graphql")

        async def without_script(scope: Any, receive: Any, send: Any) -> None:
            if scope.get("path", "").endswith(".js"):
                scope = {**scope, "path": "/assets/lost.js"}
            await app(scope, receive, send)

        status, output, complaints = await visit(
            browser, without_script, {"email": "nobody@example.com", "timeoutSeconds": 3}
        )
        assert (status, output) == (1, "")
        assert complaints.startswith("storefront: ")

    async def test_a_document_that_is_not_registered_is_noticed(
        self, browser: NodeClient, graphs: StorefrontGraph
    ) -> None:
        """As when the router has another build's manifest."""
        without = StorefrontGraph(graphs.router, graphs.router.config)
        app = storefront.mount(PictureServer(without), "/graphql")
        status, output, _ = await visit(browser, app, {"email": "nobody@example.com", "timeoutSeconds": 3})
        assert (status, output) == (1, "")
