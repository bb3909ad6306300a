"""The base graph of the tests, and heads in which some text is another."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from entrepot.router.checks import KnownOperation, Version, read_operations
from entrepot.router.composition import SubgraphSchema

DATA: Final = Path(__file__).parent / "data"
NAMES: Final = ("catalog", "reviews")
SDL: Final = {name: (DATA / f"{name}.graphql").read_text() for name in NAMES}
FILES: Final = {name: f"schemas/{name}.graphql" for name in NAMES}


def build(name: str, sdl: dict[str, str]) -> Version:
    """The version of these schemas."""
    schemas = tuple(SubgraphSchema(each, f"http://{each}.test/graphql", sdl[each]) for each in sorted(sdl))
    return Version.compose(name, schemas, FILES)


def change(*replacements: tuple[str, str, str]) -> Version:
    """The base with texts of subgraphs replaced, each of which stands there once."""
    sdl = dict(SDL)
    for subgraph, old, new in replacements:
        assert sdl[subgraph].count(old) == 1
        sdl[subgraph] = sdl[subgraph].replace(old, new)
    return build("head", sdl)


def known(folder: Path, **documents: str) -> list[KnownOperation]:
    """The operations of a folder with these documents."""
    for name, text in documents.items():
        (folder / f"{name}.graphql").write_text(text)
    return read_operations([str(folder)])


BASE: Final = build("base", SDL)
