"""docs/ says what the code says: generated pages are fresh, the page of the architecture has the enforced layers."""

from __future__ import annotations

import re
import tomllib

from entrepot.docs_generation.reference import print_errors, reference_files
from entrepot.router.composition import ERROR_CODES, HINT_CODES
from tests.support.tree import ROOT

_LAYERS = re.compile(r"```text\n(entrepot .+?)```", re.DOTALL)
_CONTAINERS = {
    "entrepot": "entrepot",
    "router": "entrepot.router",
    "subgraph": "entrepot.subgraphs.*",
    "shared": "entrepot.shared",
}


def test_generated_pages_are_what_the_code_says() -> None:
    stale = [path.name for path, content in reference_files(ROOT / "docs") if path.read_text() != content]
    assert stale == [], "run scripts/docs"


def test_the_page_of_errors_has_every_catalogued_code() -> None:
    page = print_errors()
    codes = [*(entry.code for entry in ERROR_CODES), *(entry.code for entry in HINT_CODES)]
    missing = [code for code in codes if f"| `{code}` |" not in page]
    assert missing == []
    assert "`PAYLOAD_TOO_LARGE` | PayloadTooLarge | The body passes the configured limit. | 413" in page


def test_the_page_of_the_architecture_has_the_enforced_layers() -> None:
    page = _LAYERS.search((ROOT / "docs" / "architecture.md").read_text())
    assert page is not None
    documented = {}
    for line in re.sub(r"\n\s+", " ", page[1]).strip().splitlines():
        name, layers = line.split(None, 1)
        documented[_CONTAINERS[name]] = [layer.strip() for layer in layers.split(">")]
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    enforced = {each["containers"][0]: each["layers"] for each in contracts if each["type"] == "layers"}
    assert documented == {name: [re.sub(r"[()]", "", layer) for layer in layers] for name, layers in enforced.items()}
