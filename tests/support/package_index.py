"""A package index on disk (PEP 503) where newer releases of everything exist: what a lock must not notice."""

from __future__ import annotations

import base64
import hashlib
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

_ENTRY = re.compile(r"^([a-z0-9._-]+==[^\n\\]+)((?:\\\n[^\n]*)*)", re.MULTILINE)


@dataclass(frozen=True)
class Pin:
    """One entry of a lock: `text` is its first line, such as `colorama==0.4.6 ; sys_platform == 'win32'`."""

    text: str

    @property
    def requirement(self) -> Requirement:
        return Requirement(self.text)

    @property
    def name(self) -> str:
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> str:
        (specifier,) = self.requirement.specifier
        return specifier.version

    @property
    def is_for_this_machine(self) -> bool:
        marker = self.requirement.marker
        return marker is None or marker.evaluate()


def read_pins(lock: str) -> list[Pin]:
    """The entries of a lock file's text, without their hashes."""
    return [Pin(match[1].strip()) for match in _ENTRY.finditer(lock)]


def write_index(folder: Path, pins: Iterable[Pin]) -> dict[str, str]:
    """Write a wheel of the pinned version and one of a newer version for each pin.

    The wheels are empty, but ask for what the real ones ask for, extras included.

    Returns the SHA-256 of each pinned wheel by the name of its package.
    """
    hashes = {}
    for pin in pins:
        wheels = {
            version: _write_wheel(folder / "wheels", pin.name, version)
            for version in (pin.version, f"{Version(pin.version).major + 1}.0")
        }
        hashes[pin.name] = hashlib.sha256(wheels[pin.version].read_bytes()).hexdigest()
        page = folder / "simple" / pin.name / "index.html"
        page.parent.mkdir(parents=True)
        page.write_text("".join(f'<a href="{path.as_uri()}">{path.name}</a>\n' for path in wheels.values()))
    return hashes


def rehash(lock: str, hashes: dict[str, str]) -> str:
    """The lock with the hashes of an index of `write_index` instead of its own."""
    return _ENTRY.sub(lambda match: f"{match[1]}\\\n    --hash=sha256:{hashes[Pin(match[1].strip()).name]}", lock)


def _write_wheel(folder: Path, name: str, version: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{name.replace('-', '_')}-{version}"
    files = {
        f"{stem}.dist-info/METADATA": f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{_dependencies(name)}",
        f"{stem}.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},sha256={_digest(content)},{len(content)}\n" for path, content in files.items())
    wheel = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path), content)
        archive.writestr(zipfile.ZipInfo(f"{stem}.dist-info/RECORD"), f"{record}{stem}.dist-info/RECORD,,\n")
    return wheel


def _dependencies(name: str) -> str:
    try:
        known = metadata(name)
    except PackageNotFoundError:  # one for another system
        return ""
    extras = "".join(f"Provides-Extra: {extra}\n" for extra in known.get_all("Provides-Extra") or ())
    return extras + "".join(f"Requires-Dist: {asked}\n" for asked in known.get_all("Requires-Dist") or ())


def _digest(content: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest()).rstrip(b"=").decode()
