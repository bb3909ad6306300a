"""Links of the pages lead somewhere, and named files exist."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.markdown import list_pages, read_anchors, read_links, read_paths
from tests.support.tree import ROOT

PAGES = list_pages()
# Made by commands, and not in git.
_MADE = ("router/explorer/dist", "examples/storefront/dist")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    assert [link for link in read_links(page) if not leads_somewhere(page, link)] == []


# The changelog tells of files that are gone.
@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "CHANGELOG.md"], ids=name)
def test_named_paths_exist(page: Path) -> None:
    paths = [path for path in read_paths(page) if not path.startswith(_MADE)]
    assert [path for path in paths if not any(ROOT.glob(path.rstrip("/")))] == []


def test_the_tests_find_something_to_check() -> None:
    links = [link for page in PAGES for link in read_links(page)]
    assert len(links) > 100
    assert len([link for link in links if "#" in link and not link.startswith("http")]) > 10
    assert len([path for page in PAGES for path in read_paths(page)]) > 100


@pytest.mark.parametrize("link", ["missing.md", "clients.md#no-such-heading", "https:///nowhere", "http://a b/"])
def test_a_broken_link_is_found(link: str) -> None:
    assert not leads_somewhere(ROOT / "docs" / "README.md", link)


def test_the_index_names_every_page() -> None:
    linked = {(ROOT / "docs" / link.split("#")[0]).resolve() for link in read_links(ROOT / "docs" / "README.md")}
    pages = {page for page in (ROOT / "docs").glob("*.md") if page.name != "README.md"}
    assert {name(page) for page in pages - linked} == set()


def leads_somewhere(page: Path, link: str) -> bool:
    parts = urlsplit(link)
    if parts.scheme:
        # Whether somebody answers there is for nobody's tests to say.
        return parts.scheme == "mailto" or (
            parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in link
        )
    target = (page.parent / parts.path).resolve() if parts.path else page
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not parts.fragment or target.suffix != ".md" or parts.fragment in read_anchors(target)
