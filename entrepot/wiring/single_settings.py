"""The settings of one process on PostgreSQL: those of a distributed process, and who leads for how long."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from entrepot.shared.config import read_settings
from entrepot.shared.db import ConnectionOptions
from entrepot.shared.db.leadership import LeadershipRules
from entrepot.shared.errors import SettingsInvalid
from entrepot.subgraphs.registry import SUBGRAPHS
from entrepot.wiring.distributed_settings import read_distributed

_URL: Final = "ENTREPOT_DATABASE_URL"
_URL_FILE: Final = "ENTREPOT_DATABASE_URL_FILE"
_OVERFLOW: Final = "ENTREPOT_DATABASE_POOL_OVERFLOW"
_FEWER: Final = "4"
"""Six subgraphs with 8 connections and 4 more under load stay below the 100 that PostgreSQL allows by default."""


@dataclass(frozen=True, slots=True)
class SingleSettings:
    """`urls` are the databases by subgraph, `folder` holds the signing keys and archives."""

    urls: Mapping[str, str]
    connections: ConnectionOptions
    leadership: LeadershipRules
    folder: Path
    own: Mapping[str, str]


def read_single(environ: Mapping[str, str], url: str | None = None, folder: Path | None = None) -> SingleSettings:
    """The settings in the environment; `url` and `folder` are those of the command line. Raises SettingsInvalid."""
    given = {_OVERFLOW: _FEWER, **environ}
    file = given.pop(_URL_FILE, "")
    if url:
        given[_URL] = url
    elif file:
        given[_URL] = _read_url(file)
    read = read_distributed(given, SUBGRAPHS)
    if len(set(read.urls.values())) < len(SUBGRAPHS):
        raise SettingsInvalid(
            f"{_URL} names the server: every subgraph has a role and a database of its own on it. Leave out role and "
            "database, as in postgresql://:PASSWORD@127.0.0.1:5432, or write {name} for the subgraph in both."
        )
    if read.shop.demo:
        raise SettingsInvalid(
            "ENTREPOT_SHOP_DEMO is true, and `entrepot serve` is for production: it has no demo data. Unset it, or run "
            "`entrepot dev`."
        )
    chosen = folder or Path(read.shop.folder)
    check_folder(chosen)
    return SingleSettings(
        urls=read.urls,
        connections=read.connections,
        leadership=read_settings(LeadershipRules, given, "ENTREPOT_LEADERSHIP"),
        folder=chosen,
        own=read.own,
    )


def check_folder(folder: Path) -> None:
    """Make the folder, closed to others, unless it is there; raises SettingsInvalid when others can read its keys."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        open_to_others = [path for path in folder.glob("accounts/keys/*.json") if _is_open_to_others(path)]
    except OSError as error:
        raise SettingsInvalid(
            f"Keys cannot be kept in {folder}: {error.strerror or error}. Name another folder with --data."
        ) from error
    if open_to_others:
        raise SettingsInvalid(
            f"{open_to_others[0]} signs access tokens and can be read by others. Run `chmod 600` on it, or remove it "
            "when others may have read it: a new key is made, and users log in again."
        )


def _is_open_to_others(path: Path) -> bool:
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def _read_url(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"The file {file} that {_URL_FILE} names cannot be read: {error}.") from error
