"""Pictures of the demonstration shop: drawn by code, the same every time, served beside the graph."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from starlette.responses import PlainTextResponse

from entrepot.demo.catalogue import read_categories, read_items
from entrepot.demo.pictures import PictureServer, draw_picture, list_pictures
from entrepot.demo.pictures.motifs import MOTIFS
from tests.support.asgi_client import AsgiClient
from tests.support.tree import ROOT

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def drawings() -> dict[str, str]:
    return {name: str(draw_picture(name)) for name in list_pictures()}


@pytest.fixture
def client() -> AsgiClient:
    return AsgiClient(PictureServer(PlainTextResponse("the graph")))


def test_there_is_one_for_every_product_and_category(drawings: dict[str, str]) -> None:
    wanted = {item.slug for item in read_items()} | {f"category-{category.slug}" for category in read_categories()}
    assert set(drawings) == wanted
    assert draw_picture("none") is None


def test_each_is_a_small_svg_of_its_own_that_loads_nothing(drawings: dict[str, str]) -> None:
    for name, drawing in drawings.items():
        root = ET.fromstring(drawing)  # noqa: S314 - of our own making
        assert root.tag == f"{SVG}svg", name
        assert 400 < len(drawing) < 4096, name
        assert {element.tag.removeprefix(SVG) for element in root.iter()}.isdisjoint(
            {"script", "image", "foreignObject"}
        )
        defined = {element.get("id") for element in root.iter() if element.get("id")}
        used = {part.split(")")[0] for part in drawing.split("url(#")[1:]}
        assert used == defined, name
    assert len(set(drawings.values())) == len(drawings)


def test_every_motif_is_drawn_and_there_are_many() -> None:
    drawn = {item.motif for item in read_items()} | {category.motif for category in read_categories()}
    assert drawn == set(MOTIFS)
    assert len(MOTIFS) >= 15


class TestServer:
    async def test_answers_with_the_picture(self, client: AsgiClient, drawings: dict[str, str]) -> None:
        response = await client.send("GET", "/pictures/harbour-espresso.svg", {})
        assert (response.status, response.body.decode()) == (200, drawings["harbour-espresso"])
        assert response.headers["content-type"] == "image/svg+xml"
        assert response.headers["cache-control"] == "public, max-age=3600"
        assert response.headers["x-content-type-options"] == "nosniff"

    async def test_sends_nothing_again_that_the_client_has(self, client: AsgiClient) -> None:
        path = "/pictures/category-tea.svg"
        tag = (await client.send("GET", path, {})).headers["etag"]
        response = await client.send("GET", path, {"if-none-match": tag})
        assert (response.status, response.body) == (304, b"")
        assert (await client.send("GET", path, {"if-none-match": '"0"'})).status == 200

    @pytest.mark.parametrize(
        "path",
        [
            "/pictures/none.svg",
            "/pictures/",
            "/pictures/harbour-espresso",
            "/pictures/harbour-espresso.png",
            "/pictures/../../etc/passwd.svg",
            "/pictures/../pictures/harbour-espresso.svg",
            "/pictures/\x00.svg",
        ],
    )
    async def test_there_is_nothing_else(self, client: AsgiClient, path: str) -> None:
        response = await client.send("GET", path, {})
        assert (response.status, response.body) == (404, b"There is no such picture.")

    async def test_takes_no_other_method(self, client: AsgiClient) -> None:
        response = await client.send("POST", "/pictures/harbour-espresso.svg", {})
        assert (response.status, response.headers["allow"]) == (405, "GET, HEAD")

    async def test_hands_everything_else_on(self, client: AsgiClient) -> None:
        for path in ("/graphql", "/pictures", "/"):
            assert (await client.send("GET", path, {})).body == b"the graph"


def test_the_script_writes_them_all(tmp_path: Path, drawings: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "pictures"), str(tmp_path)],
        cwd=ROOT,
        check=False,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0
    assert {path.stem: path.read_text() for path in tmp_path.iterdir()} == {
        name: f"{drawing}\n" for name, drawing in drawings.items()
    }
