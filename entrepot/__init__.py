"""The front door: the command line, and the one place that knows router and subgraphs and wires them."""

from __future__ import annotations


def __getattr__(name: str) -> str:
    """`__version__`, read from the installed package on first use."""
    if name == "__version__":
        from entrepot.shared.installation import read_version

        return read_version()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
