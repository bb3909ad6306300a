"""docs/ says what the code says: generated pages are fresh, links lead somewhere, named files exist."""

from __future__ import annotations

import re

import pytest

from entrepot.docs_generation.reference import print_errors, reference_files
from entrepot.router.composition import ERROR_CODES, HINT_CODES
from tests.support.tree import ROOT

_STAGES = ("composition", "planning", "execution")
_LINK = re.compile(r"\]\((?!https?:)([^)#]+)[^)]*\)")
_NAMED = re.compile(r"`((?:router|shared|tests|entrepot|benchmarks|scripts)/[\w./-]+)`")


def test_generated_pages_are_what_the_code_says() -> None:
    stale = [path.name for path, content in reference_files(ROOT / "docs") if path.read_text() != content]
    assert stale == [], "run scripts/docs"


def test_the_page_of_errors_has_every_catalogued_code() -> None:
    page = print_errors()
    codes = [*(entry.code for entry in ERROR_CODES), *(entry.code for entry in HINT_CODES)]
    missing = [code for code in codes if f"| `{code}` |" not in page]
    assert missing == []
    assert "`PAYLOAD_TOO_LARGE` | PayloadTooLarge | The body passes the configured limit. | 413" in page


@pytest.mark.parametrize("name", _STAGES)
def test_a_stage_names_only_files_that_exist(name: str) -> None:
    named = _NAMED.findall((ROOT / "docs" / f"{name}.md").read_text())
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


_OTHERS = ("architecture", "clients", "configuration", "observability", "request-flow")


@pytest.mark.parametrize("name", [*_STAGES, *_OTHERS])
def test_links_lead_somewhere(name: str) -> None:
    page = ROOT / "docs" / f"{name}.md"
    links = _LINK.findall(page.read_text())
    assert links
    assert [link for link in links if not (page.parent / link).exists()] == []
