"""The versions that `entrepot check` compares: git revisions, folders, `supergraph.yaml`s, composed supergraphs."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import orjson

from entrepot.router.checks import Version
from entrepot.router.errors import ConfigurationInvalid
from entrepot.wiring.supergraph import read_inputs

_SUPERGRAPH_SUFFIXES: Final = (".graphql", ".graphqls", ".gql")
_ARCHIVED: Final = (".yaml", ".yml", *_SUPERGRAPH_SUFFIXES)


@dataclass(frozen=True, slots=True)
class VersionReader:
    """Reads versions by name.

    `config` is the `supergraph.yaml` to read in a folder or revision, `events` the folder of event contracts beside it,
    each a JSON Schema in a file named like the contract.
    """

    config: Path
    sdl_timeout: float
    events: Path | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def read(self, text: str) -> Version:
        """The version that the text names, in this order: a file or folder, else a revision of the git repository.

        Raises ConfigurationInvalid for any other name, for a file that cannot be read, and for a revision
        without the file.
        """
        path = Path(text)
        if path.is_dir():
            return self._compose(text, path / _below(self.config, path), path)
        if path.suffix in _SUPERGRAPH_SUFFIXES and path.is_file():
            return Version.read(text, path.read_text(encoding="utf-8"))
        if path.is_file():
            return self._compose(text, path, path.parent)
        return self._read_revision(text)

    def read_working_tree(self) -> Version:
        """The version in the files as they are now."""
        return self._compose("working tree", self.config, self.config.parent)

    def _compose(self, name: str, config: Path, folder: Path, root: Path | None = None) -> Version:
        inputs = read_inputs(config, self.environ, sdl_timeout=self.sdl_timeout)
        files = {subgraph: _shorten(origin, root or Path.cwd()) for subgraph, origin in inputs.origins.items()}
        version = Version.compose(name, inputs.subgraphs, files)
        return version if self.events is None else replace(version, events=_read_events(folder / self.events))

    def _read_revision(self, revision: str) -> Version:
        """The version of a commit, branch or tag: the files of schemas and configuration as they were then."""
        config = self.config
        folder = config.resolve().parent
        root = Path(_git(folder, "rev-parse", "--show-toplevel").decode().strip())
        commit = (
            _git(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", name=revision).decode().strip()
        )
        listed = _git(root, "ls-tree", "-r", "-z", "--name-only", commit).decode().split("\0")
        files = [f":(literal){file}" for file in listed if self._is_read(Path(file), config, root)]
        archive = _git(root, "archive", "--format=tar", commit, "--", *files)
        with tempfile.TemporaryDirectory(prefix="entrepot-check-") as temporary:
            with tarfile.open(fileobj=io.BytesIO(archive)) as archived:
                archived.extractall(temporary, filter="data")
            there = Path(temporary) / config.resolve().relative_to(root)
            if not there.is_file():
                raise ConfigurationInvalid(f"The revision {revision} has no file {config}.")
            return self._compose(f"{revision} ({commit[:10]})", there, there.parent, Path(temporary))

    def _is_read(self, file: Path, config: Path, root: Path) -> bool:
        """Whether a file of the revision says something about its version."""
        events = None if self.events is None else config.resolve().parent.relative_to(root) / self.events
        return file.name.endswith(_ARCHIVED) or (
            events is not None and file.suffix == ".json" and file.parent == events
        )


def _read_events(folder: Path) -> dict[str, Any]:
    """The contracts by name; a version that has no such folder has none."""
    contracts: dict[str, Any] = {}
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            content = orjson.loads(path.read_bytes())
        except orjson.JSONDecodeError as error:
            raise ConfigurationInvalid(f"The event contract {path.name} is not JSON: {error}") from error
        if isinstance(content, dict):
            contracts[path.stem] = content
    return contracts


def _git(folder: Path, *words: str, name: str = "") -> bytes:
    try:
        command = ["git", "-C", str(folder), *words]
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - no shell, no input of others
    except FileNotFoundError as error:
        raise ConfigurationInvalid("To compare with a revision, install git; or name a folder or a file.") from error
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip() or f"{name} is neither a file, a folder nor a revision."
        raise ConfigurationInvalid(f"The base cannot be read: {reason} In CI, fetch the history of the base branch.")
    return done.stdout


def _below(config: Path, folder: Path) -> Path:
    """The configuration file of another folder: that of the same name."""
    return Path(config.name) if config.is_absolute() or not (folder / config).is_file() else config


def _shorten(origin: str, root: Path) -> str:
    """A path relative to the folder, as reports show it; a URL as it is."""
    path = Path(origin)
    try:
        return str(path.resolve().relative_to(root.resolve())) if path.exists() else origin
    except ValueError:
        return origin
