"""The page that browsers get, and the files that it loads."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from entrepot.router.config import (
    DefaultTab,
    DemoUser,
    ExplorerConfig,
    ExplorerLookup,
    LoginConfig,
    RouterConfig,
)
from entrepot.router.errors import ConfigurationInvalid
from entrepot.router.web.pages import explorer
from tests.support.asgi_client import AsgiClient

BROWSER = {
    "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
    "user-agent": "Mozilla/5.0",
}
INDEX = """<!doctype html><html><head><title>GraphQL explorer</title>
<!-- as JSON in which every "<" is written \\u003c -->
<script type="application/json" id="explorer-config">{}</script>
<script type="module" src="/explorer/assets/index-abc.js"></script></head><body></body></html>"""


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX)
    (folder / "assets" / "index-abc.js").write_text("export {}")
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.setattr(explorer.Explorer.__init__, "__defaults__", (folder,))
    return folder


def read_config(html: str) -> Any:
    found = re.search(r'<script type="application/json" id="explorer-config">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found[1])


@pytest.mark.usefixtures("bundle")
class TestPage:
    async def test_a_browser_gets_it_at_the_endpoint(self, client: AsgiClient) -> None:
        answer = await client.get(headers=BROWSER)
        assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; worker-src 'self'; ")
        assert "connect-src 'self';" in policy
        assert (answer.headers["vary"], answer.headers["cache-control"]) == ("accept", "no-cache")

    async def test_it_holds_the_configuration(self, build_client: Callable[..., AsgiClient]) -> None:
        config = ExplorerConfig(
            title="A & B",
            demo_users=(DemoUser(label="Ada", email="a@b.test", password="p"),),
            login=LoginConfig(document="mutation { x }", token_path="login.token"),
            default_tabs=(
                DefaultTab(name="One", query="{ a }", variables={"b": 1}),
                DefaultTab(name="Two", query="query Two { a }", variables='{"c": 2}', requires_login=True),
            ),
            lookups=(ExplorerLookup(document="query Newest { a }", provided_by="Two"),),
        )
        answer = await build_client(RouterConfig(explorer=config)).get(headers=BROWSER)
        html = answer.body.decode()
        assert "<title>A &amp; B</title>" in html
        assert read_config(html) == {
            "endpoint": "/graphql",
            "subscriptionEndpoint": "/graphql",
            "title": "A & B",
            "demoUsers": [{"label": "Ada", "email": "a@b.test", "password": "p"}],
            "login": {"document": "mutation { x }", "tokenPath": "login.token"},
            "defaultTabs": [
                {"name": "One", "query": "{ a }", "variables": {"b": 1}, "requiresLogin": False},
                {"name": "Two", "query": "query Two { a }", "variables": '{"c": 2}', "requiresLogin": True},
            ],
            "lookups": [{"document": "query Newest { a }", "providedBy": "Two"}],
        }

    def test_a_bad_expression_is_refused_at_start(self, build_client: Callable[..., AsgiClient]) -> None:
        tab = DefaultTab(name="One", query="query One { a }", variables={"b": "{{ Two.a }}"})
        with pytest.raises(ConfigurationInvalid, match="names the operation Two"):
            build_client(RouterConfig(explorer=ExplorerConfig(default_tabs=(tab,))))

    async def test_no_text_ends_the_tag_early(self, build_client: Callable[..., AsgiClient]) -> None:
        title = "</script><script>alert(1)</script><!--"
        answer = await build_client(RouterConfig(explorer=ExplorerConfig(title=title))).get(headers=BROWSER)
        html = answer.body.decode()
        assert "<script>alert" not in html
        assert read_config(html)["title"] == title

    @pytest.mark.parametrize("accept", ["application/json", "application/json, text/html;q=0.5", "*/*", None])
    async def test_other_clients_get_graphql(self, client: AsgiClient, accept: str | None) -> None:
        answer = await client.get({"query": "{ __typename }"}, {"accept": accept})
        assert answer.json == {"data": {"__typename": "Query"}}

    async def test_the_root_leads_to_it(self, client: AsgiClient) -> None:
        answer = await client.send("GET", "/")
        assert (answer.status, answer.headers["location"]) == (307, "/graphql")


@pytest.mark.usefixtures("bundle")
class TestFiles:
    async def test_files_are_kept_for_long(self, client: AsgiClient) -> None:
        answer = await client.send("GET", "/explorer/assets/index-abc.js")
        assert (answer.status, answer.body) == (200, b"export {}")
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"

    @pytest.mark.parametrize(
        "path",
        ["/explorer/none.js", "/explorer/../secret.txt", "/explorer/assets/../../secret.txt", "/explorer//etc/passwd"],
    )
    async def test_no_path_leads_out_of_the_folder(self, client: AsgiClient, path: str) -> None:
        answer = await client.send("GET", path)
        assert answer.status == 404
        assert b"secret" not in answer.body


async def test_without_a_build_the_page_says_what_to_do(
    client: AsgiClient, tmp_path: Path, build_client: Callable[..., AsgiClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explorer.Explorer.__init__, "__defaults__", (tmp_path / "nowhere",))
    answer = await build_client().get(headers=BROWSER)
    assert answer.status == 200
    assert b"make setup" in answer.body


@pytest.mark.skipif(not explorer.BUNDLE.is_dir(), reason="the explorer is not built: run `make setup`")
async def test_the_real_build_takes_the_configuration(client: AsgiClient) -> None:
    html = (await client.get(headers=BROWSER)).body.decode()
    assert read_config(html)["endpoint"] == "/graphql"
    paths = re.findall(r'(?:src|href)="(/explorer/[^"]+)"', html)
    assert paths
    for path in paths:
        assert (await client.send("GET", path)).status == 200
