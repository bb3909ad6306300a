"""The explorer in a real browser: a first user logs in, queries, watches an order and looks at a plan."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from entrepot.router.web.pages.explorer import BUNDLE
from entrepot.wiring.demo import FIRST_QUERY
from tests.support.buying import fill_cart, find_variant, place_order, watch
from tests.support.mesh import Shop, open_shop, serve
from tests.support.node import NodeClient, need_browser, need_chromium, need_packages
from tests.support.tree import ROOT

EXPLORER = BUNDLE.parent
SCREENSHOTS = ROOT / "build"
SCREENSHOT = SCREENSHOTS / "explorer.png"
FIRST_QUERY_IN_README = re.compile(r"^## A first query$.*?^```graphql\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def browser() -> NodeClient:
    return need_browser(BUNDLE / "index.html")


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as shop:
        yield shop


def read_first_query() -> str:
    """The query that README shows first."""
    found = FIRST_QUERY_IN_README.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert found is not None
    return found.group(1)


async def use_explorer(
    browser: NodeClient, options: dict[str, Any], program: str = "explorer.mjs"
) -> tuple[int | None, str, str]:
    """Exit status, output and complaints of the program that uses the page."""
    process = await asyncio.create_subprocess_exec(
        *browser.command(program, json.dumps(options)),
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
    return process.returncode, output.decode(), complaints.decode()


def test_readme_shows_the_query_that_the_shop_greets_with() -> None:
    assert read_first_query() == FIRST_QUERY


@pytest.mark.browser
@pytest.mark.node
class TestFirstUse:
    async def test_login_query_subscription_and_plan(self, browser: NodeClient, shop: Shop) -> None:
        ada = await shop.login("ada@example.com")
        variant = await find_variant(ada, "PRESS-DOCK-1L")
        order = await place_order(ada, await fill_cart(ada, variant["id"]))
        history = await watch(ada, order["id"])
        SCREENSHOT.parent.mkdir(exist_ok=True)
        options = {
            "url": shop.client.url,
            "demoUser": "Customer Ada",
            "query": read_first_query(),
            "expect": '"name": "Harbour Espresso"',
            "subscription": f'subscription {{ orderStatusChanged(orderId: "{order["id"]}", after: 0) '
            "{ position status order { number } } }",
            "subscriptionExpect": f'"status": "CONFIRMED", "order": {{ "number": "{history[-1]["order"]["number"]}" }}',
            "screenshot": str(SCREENSHOT),
        }
        status, output, complaints = await use_explorer(browser, options)
        assert status == 0, complaints
        seen = json.loads(output)
        assert seen["user"] == "ada@example.com"
        assert seen["events"] == len(history)
        assert seen["fetches"] == ["Fetch catalog", "Fetch inventory"]
        assert SCREENSHOT.stat().st_size > 10_000

    async def test_a_page_without_its_script_is_noticed(self, browser: NodeClient, shop: Shop) -> None:
        async def without_script(scope: Any, receive: Any, send: Any) -> None:
            path = scope.get("path", "")
            if path.startswith("/explorer/assets/index-") and path.endswith(".js"):
                scope = {**scope, "path": "/explorer/assets/lost.js"}
            await shop.running.router(scope, receive, send)

        async with serve(without_script) as port:
            options = {
                "url": f"http://127.0.0.1:{port}/graphql",
                "demoUser": "Customer Ada",
                "query": FIRST_QUERY,
                "expect": "data",
                "subscription": "subscription { never }",
                "timeoutSeconds": 3,
            }
            status, output, complaints = await use_explorer(browser, options)
        assert (status, output) == (1, "")
        assert complaints.startswith("explorer: ")


@pytest.mark.browser
@pytest.mark.node
class TestPurchase:
    async def test_the_tabs_buy_something_with_no_id_typed(self, browser: NodeClient, shop: Shop) -> None:
        SCREENSHOTS.mkdir(exist_ok=True)
        options = {"url": shop.client.url, "demoUser": "Customer Ada", "folder": str(SCREENSHOTS)}
        status, output, complaints = await use_explorer(browser, options, "purchase.mjs")
        assert status == 0, complaints
        seen = json.loads(output)
        self._check_refusals(seen["refusals"])
        self._check_values(seen["filled"])
        self._check_order(seen)
        self._check_layouts(seen["layouts"])
        assert (seen["messages"], seen["faults"], seen["squiggles"]) == ([], [], 0)

    def _check_refusals(self, refusals: list[str]) -> None:
        """What each tab said that was run before the one that it depends on."""
        assert "Log in first" in refusals[0]
        firsts = [refusal.rpartition("Run the tab ")[2] for refusal in refusals[1:]]
        expected = ["CreateCart", "AddLine", "PlaceOrder", "Browse", "AddLine", "AddPaymentMethod"]
        assert firsts == [f'"{name}" first.' for name in expected]

    def _check_values(self, filled: list[list[str]]) -> None:
        values = {variable: value for variable, value, _ in filled}
        assert values["cart"].startswith("crt_")
        assert values["variant"].startswith("var_")
        assert {variable: origin for variable, _, origin in filled} == {
            "cart": "from the lookup MyCart",
            "variant": "from the last response to Browse",
            "key": "new for this run",
        }

    def _check_order(self, seen: dict[str, Any]) -> None:
        changes = [event["data"]["orderStatusChanged"] for event in seen["events"]]
        assert [event["event"] for event in seen["events"]] == list(range(1, len(changes) + 1))
        assert [event["time"] for event in seen["events"]] == sorted(event["time"] for event in seen["events"])
        assert changes[0] == {"status": "PENDING", "paymentStatus": "NONE", "fulfilmentStatus": "UNFULFILLED"}
        assert changes[-1] == {"status": "CONFIRMED", "paymentStatus": "AUTHORIZED", "fulfilmentStatus": "ALLOCATED"}
        assert len(changes) == 4
        assert seen["eventsAgain"] == len(changes)
        (number,) = set(seen["numbers"].values())
        assert number.startswith("EP-")
        assert seen["planned"] == seen["executed"]
        assert {fetch.removeprefix("Fetch ") for fetch in seen["planned"]} == {
            "orders",
            "accounts",
            "catalog",
            "inventory",
            "payments",
        }

    def _check_layouts(self, layouts: list[dict[str, Any]]) -> None:
        assert len(layouts) == 6
        for layout in layouts:
            least = {1440: 400, 800: 360, 390: 300}[layout["width"]]
            assert min(layout[name] for name in ("editor", "answer", "variables")) >= least, layout
            assert layout["run"] >= 40, layout
            assert (layout["tabs"], layout["cutTabs"], layout["cutLines"]) == (8, 0, 0), layout
            assert set(layout["overflow"].values()) == {0}, layout


@pytest.mark.node
def test_modules_that_need_no_page(browser: NodeClient) -> None:
    need_packages(EXPLORER, "make setup")
    done = subprocess.run(
        browser.command("--test", "modules.test.mjs"),
        cwd=browser.folder,
        env=browser.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert re.search(r"^\S+ pass [1-9]", done.stdout, re.MULTILINE), done.stdout


class TestThePage:
    async def test_it_may_load_nothing_but_its_own_files(self, shop: Shop) -> None:
        page = {"accept": "text/html"}
        async with shop.client.session.get(shop.client.url, headers=page) as response:
            assert response.status == 200
            html = await response.text()
            policy = dict(part.strip().split(" ", 1) for part in response.headers["content-security-policy"].split(";"))
        assert policy == {
            "default-src": "'none'",
            "script-src": "'self'",
            "worker-src": "'self'",
            "style-src": "'self' 'unsafe-inline'",
            "font-src": "'self' data:",
            "img-src": "'self' data:",
            "connect-src": "'self'",
            "base-uri": "'none'",
            "form-action": "'none'",
            "frame-ancestors": "'none'",
        }
        assert '"tokenPath":"login.accessToken"' in html
