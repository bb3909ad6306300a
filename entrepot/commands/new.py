"""`entrepot new subgraph NAME`: write the files of a new subgraph into a clone of the repository."""

from __future__ import annotations

import argparse

from entrepot.scaffolding.names import read_names
from entrepot.scaffolding.subgraph import write_subgraph
from entrepot.shared.clock import SystemClock

_NEXT = """\
Next, write what follows from it, and try it:
  .venv/bin/python scripts/deployment && scripts/schema && scripts/docs
  .venv/bin/pytest tests/subgraphs/{name} tests/architecture
  .venv/bin/entrepot dev"""


def run(arguments: argparse.Namespace) -> int:
    """Write, and print what was written."""
    names = read_names(arguments.name, arguments.entity)
    for path in write_subgraph(arguments.root, names, SystemClock()):
        print(path.relative_to(arguments.root))
    print(_NEXT.format(name=names.subgraph))
    return 0
