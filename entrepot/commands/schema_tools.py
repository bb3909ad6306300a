"""`entrepot schema`: the published schemas as files."""

from __future__ import annotations

import argparse
import sys
from typing import Final

_NEW_VERSION: Final = (
    "A published contract gains optional fields, no more: others hold events of it. Leave it as it was, declare the "
    "next version beside it (`@contract(..., version=N)`) and bring the old one up to it by `upcast`."
)


def run_schema(arguments: argparse.Namespace) -> int:
    """Write, or compare, what others depend on: SDL a subgraph, and JSON Schema an event."""
    from entrepot.docs_generation.published import find_broken_contracts, published_files

    broken = find_broken_contracts(arguments.folder)
    for path, breaks in broken:
        print(f"{path}: {'; '.join(breaks)}.", file=sys.stderr)
    if broken:
        print(_NEW_VERSION, file=sys.stderr)
        return 1
    stale = [
        (path, content)
        for path, content in published_files(arguments.folder)
        if not path.exists() or path.read_text() != content
    ]
    for path, content in stale:
        print(f"{'stale' if arguments.check else 'written'}: {path}")
        if not arguments.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
    return 1 if arguments.check and stale else 0
