"""The pages of docs/ that are made from the code: errors and hints, configuration, commands, state machines."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

import entrepot.router.errors
import entrepot.shared.errors
from entrepot.docs_generation.command_line_page import print_command_line_page
from entrepot.docs_generation.configuration_page import print_configuration_page
from entrepot.docs_generation.machines_page import print_machines_page
from entrepot.router.composition import CONTRACT_ERROR_CODES, ERROR_CODES, HINT_CODES
from entrepot.router.errors import RouterError
from entrepot.shared.errors import EntrepotError
from entrepot.subgraphs.registry import SUBGRAPHS

_INTRODUCTION = (
    "In a response the code is in `extensions.code`. A refusal by the rules of the shop, which the kernel calls a "
    "`DomainError`, is data in the `errors` of a mutation's payload; its status is what it would be in HTTP. "
    "An internal error is logged whole and shown without detail."
)

# By name: the pages are made from the commands without being one of them.
_COMMAND_PACKAGES = ("commands", "native", "wiring")
_ROUTING_URL_MISSING = (
    "`entrepot compose` adds `ROUTING_URL_MISSING` (WARN): a subgraph has no `routing_url`, so a router starts only "
    "where its configuration or the environment gives the URL."
)


def reference_files(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every generated page below the folder with what it should hold."""
    yield folder / "errors.md", print_errors()
    yield folder / "configuration.md", print_configuration_page()
    yield folder / "command-line.md", print_command_line_page()
    yield folder / "state-machines.md", print_machines_page()


def print_errors() -> str:
    """The page of errors: the router's, the subgraphs', and what composition refuses and hints at."""
    sections = [
        "# Errors\n\nMade from the code by `scripts/docs`; change the code instead of this page.",
        _INTRODUCTION,
        _section("The router", entrepot.router.errors, RouterError),
        _section("Every subgraph", entrepot.shared.errors, EntrepotError),
    ]
    for name in SUBGRAPHS:
        if find_spec(f"entrepot.subgraphs.{name}.errors") is not None:
            module = importlib.import_module(f"entrepot.subgraphs.{name}.errors")
            sections.append(_section(f"The subgraph {name}", module, EntrepotError))
    composed = ((f"`{entry.code}`", entry.description, entry.since) for entry in ERROR_CODES)
    hinted = ((f"`{entry.code}`", entry.description, entry.level) for entry in HINT_CODES)
    sections += [
        "## The command line\n\n"
        "Beside those of the router and of every subgraph, as `entrepot COMMAND: CODE: message` on standard error.\n\n"
        + _table(("code", "error", "what it means"), _list_command_errors()),
        "## Composition: errors\n\nSince: the version of the reference composer that introduced the code.\n\n"
        + _table(("code", "what it means", "since"), sorted(composed)),
        "## Contracts: errors\n\n"
        + _table(("code", "what it means"), ((f"`{code}`", text) for code, text in CONTRACT_ERROR_CODES.items())),
        "## Composition: hints\n\n" + _table(("code", "what it means", "level"), sorted(hinted)),
        _ROUTING_URL_MISSING,
    ]
    return "\n\n".join(sections) + "\n"


def _list_command_errors() -> list[tuple[str, str, str]]:
    """The errors that commands raise themselves, by their code."""
    packages = [importlib.import_module(f"entrepot.{name}") for name in _COMMAND_PACKAGES]
    modules = [
        importlib.import_module(f"{package.__name__}.{found.name}")
        for package in packages
        for found in iter_modules(package.__path__)
    ]
    errors = {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, EntrepotError) and value.__module__ == module.__name__
    }
    return sorted((f"`{error.code}`", error.__name__, _summary(error)) for error in errors)


def _section(title: str, module: ModuleType, root: type[RouterError | EntrepotError]) -> str:
    """The errors that a module defines, in its order; those that take a base's code over are identified by name."""
    errors = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, root) and value.__module__ == module.__name__
    ]
    rows = [(f"`{error.code}`", error.__name__, _summary(error), str(error.status)) for error in errors]
    return f"## {title}\n\n" + _table(("code", "error", "what it means", "HTTP status"), rows)


def _summary(error: type[Exception]) -> str:
    return " ".join((error.__doc__ or "").split())


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines)


def main() -> int:
    """Write the pages again; with `--check` change nothing, and 1 when one is stale."""
    is_check = "--check" in sys.argv[1:]
    stale = [
        (path, content)
        for path, content in reference_files(Path("docs"))
        if not path.exists() or path.read_text() != content
    ]
    for path, content in stale:
        print(f"{'stale' if is_check else 'written'}: {path}")
        if not is_check:
            path.write_text(content)
    return int(is_check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
