"""The page of schema checks names every change."""

from __future__ import annotations

from entrepot.router.checks import CHANGE_CODES
from tests.support.tree import ROOT


def test_every_change_stands_on_the_page_as_it_is_classified() -> None:
    page = (ROOT / "docs" / "schema-checks.md").read_text()
    rows = [
        f"| `{code}` | {criticality.lower()} | {meaning} |" for code, (criticality, meaning) in CHANGE_CODES.items()
    ]
    assert [row for row in rows if row not in page] == []
