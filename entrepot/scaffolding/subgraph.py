"""A new subgraph: the drawers that every one has, around one entity, with its contract, migration and tests."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from graphql import parse
from graphql.language import ObjectTypeDefinitionNode, TypeDefinitionNode

from entrepot.scaffolding.names import NameRefused, Names, to_camel
from entrepot.shared.clock import Clock

_TEMPLATES: Final = Path(__file__).parent / "templates"
_TOKEN: Final = re.compile(r"%([A-Za-z_-]+)%")
_LISTED: Final = re.compile(r"SUBGRAPHS: Final = \(([^)]*)\)")
_ROOTS: Final = ("Query", "Mutation")
_SUFFIX: Final = ".txt"


def write_subgraph(root: Path, names: Names, clock: Clock) -> list[Path]:
    """Write the new subgraph below the repository's root and list it; the paths that are new or changed.

    Raises NameRefused when a name is taken, or `root` is not the repository; then nothing is written.
    """
    registry = root / "subgraphs" / "registry.py"
    if not registry.is_file():
        raise NameRefused(f"{root.resolve()} is not a clone of the repository. Change to one, or name it with --root.")
    files = dict(_list_files(root, names, names.to_tokens(f"{clock.now():%Y_%m_%d_%H%M}_create_{names.subgraph}")))
    listed = registry.read_text()
    _check_free(root, names, listed, files)
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    registry.write_text(_LISTED.sub(lambda found: _add(found[1], names.subgraph), listed, count=1))
    written = [*files, registry]
    _format(written)
    return written


def _list_files(root: Path, names: Names, tokens: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    folders = {
        "subgraph": root / "subgraphs" / names.subgraph,
        "contracts": root / "shared" / "events" / "contracts",
        "tests": root / "tests" / "subgraphs" / names.subgraph,
    }
    for kind, folder in folders.items():
        for template in sorted((_TEMPLATES / kind).rglob(f"*{_SUFFIX}")):
            relative = _fill(str(template.relative_to(_TEMPLATES / kind)).removesuffix(_SUFFIX), tokens)
            yield folder / relative, _fill(template.read_text(), tokens)


def _fill(text: str, tokens: Mapping[str, str]) -> str:
    return _TOKEN.sub(lambda found: tokens[found[1]], text)


def _check_free(root: Path, names: Names, registry: str, files: Mapping[Path, str]) -> None:
    listed = _LISTED.search(registry)
    if listed is None:
        raise NameRefused("subgraphs/registry.py has no line `SUBGRAPHS: Final = (...)`. Restore it.")
    if f'"{names.subgraph}"' in listed[1]:
        raise NameRefused(f"There is a subgraph {names.subgraph!r} already. Choose another name.")
    existing = [path for path in files if path.exists()]
    if existing:
        raise NameRefused(f"{existing[0].relative_to(root)} exists already. Choose another name, or remove it.")
    types, fields = _read_graph(root / "schema" / "supergraph.graphql")
    wanted = {names.entity, f"{names.entity}Status", f"Create{names.entity}Input"}
    wanted_fields = {to_camel(names.singular), to_camel(names.plural), f"create{names.entity}"}
    taken = sorted(wanted & types) + sorted(wanted_fields & fields)
    if taken:
        raise NameRefused(f"The graph has {taken[0]!r} already. Name another entity with --entity.")


def _read_graph(path: Path) -> tuple[set[str], set[str]]:
    """The names of all types, and of all root fields."""
    if not path.is_file():
        return set(), set()
    definitions = parse(path.read_text(), no_location=True).definitions
    types = {definition.name.value for definition in definitions if isinstance(definition, TypeDefinitionNode)}
    fields = {
        field.name.value
        for definition in definitions
        if isinstance(definition, ObjectTypeDefinitionNode) and definition.name.value in _ROOTS
        for field in definition.fields or ()
    }
    return types, fields


def _add(listed: str, name: str) -> str:
    """The list with the name at its end, so that the ports of the others stay."""
    return f'SUBGRAPHS: Final = ({listed.strip().rstrip(",")}, "{name}")'


def _format(paths: list[Path]) -> None:
    """Bring lines and imports into shape, where the tool for it is installed."""
    if find_spec("ruff") is None:
        return
    for words in (("check", "--select=I", "--fix"), ("format",)):
        subprocess.run([sys.executable, "-m", "ruff", *words, "--no-cache", "--quiet", *paths], check=True)  # noqa: S603 - ours
