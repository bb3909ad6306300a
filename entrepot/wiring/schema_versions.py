"""The versions that `entrepot check` compares: git revisions, folders, `supergraph.yaml`s, composed supergraphs."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from entrepot.router.checks import Version
from entrepot.router.errors import ConfigurationInvalid
from entrepot.wiring.supergraph import read_inputs

_SUPERGRAPH_SUFFIXES: Final = (".graphql", ".graphqls", ".gql")
_ARCHIVED: Final = (".yaml", ".yml", *_SUPERGRAPH_SUFFIXES)


def read_version(text: str, config: Path, *, sdl_timeout: float, environ: Mapping[str, str] = os.environ) -> Version:
    """The version that the text names, in this order: a file or folder, else a revision of the git repository.

    `config` is the `supergraph.yaml` to read in a folder or revision. Raises ConfigurationInvalid for a name that is
    none of these, for a file that cannot be read, and for a revision without the file.
    """
    path = Path(text)
    if path.is_dir():
        return _compose(text, path / _below(config, path), sdl_timeout, environ)
    if path.suffix in _SUPERGRAPH_SUFFIXES and path.is_file():
        return Version.read(text, path.read_text(encoding="utf-8"))
    if path.is_file():
        return _compose(text, path, sdl_timeout, environ)
    return _read_revision(text, config, sdl_timeout, environ)


def read_working_tree(config: Path, *, sdl_timeout: float, environ: Mapping[str, str] = os.environ) -> Version:
    """The version in the files as they are now."""
    return _compose("working tree", config, sdl_timeout, environ)


def _compose(
    name: str, config: Path, sdl_timeout: float, environ: Mapping[str, str], root: Path | None = None
) -> Version:
    inputs = read_inputs(config, environ, sdl_timeout=sdl_timeout)
    files = {subgraph: _shorten(origin, root or Path.cwd()) for subgraph, origin in inputs.origins.items()}
    return Version.compose(name, inputs.subgraphs, files)


def _read_revision(revision: str, config: Path, sdl_timeout: float, environ: Mapping[str, str]) -> Version:
    """The version of a commit, branch or tag: the files of schemas and configuration as they were then."""
    folder = config.resolve().parent
    root = Path(_git(folder, "rev-parse", "--show-toplevel").decode().strip())
    commit = _git(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", name=revision).decode().strip()
    listed = _git(root, "ls-tree", "-r", "-z", "--name-only", commit).decode().split("\0")
    wanted = [f":(literal){file}" for file in listed if file.endswith(_ARCHIVED)]
    archive = _git(root, "archive", "--format=tar", commit, "--", *wanted)
    with tempfile.TemporaryDirectory(prefix="entrepot-check-") as temporary:
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(temporary, filter="data")
        there = Path(temporary) / config.resolve().relative_to(root)
        if not there.is_file():
            raise ConfigurationInvalid(f"The revision {revision} has no file {config}.")
        return _compose(f"{revision} ({commit[:10]})", there, sdl_timeout, environ, Path(temporary))


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
