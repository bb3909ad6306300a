"""What domains publish and others rely on; a published version is never edited, the next stands beside it."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules


def load_contracts() -> None:
    """Register the contracts of all domains."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
