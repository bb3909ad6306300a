"""The variables of a compose file: `${NAME:-default}`, `${NAME:?what to do}` and `${NAME}`; `$$` is a dollar."""

from __future__ import annotations

import re
import secrets
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from entrepot.shared.errors import SettingsInvalid

_VARIABLE: Final = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\})")
_HOST: Final = "_HOST"
_PORT: Final = "_PORT"
_LOOPBACK: Final = "127.0.0.1"
_SERVER_PORTS: Final = range(10_240, 32_768)
"""Below those that systems give to connections (Linux: net.ipv4.ip_local_port_range)."""


def find_variables(text: str) -> dict[str, str | None]:
    """Every variable of the text with its default; None where there is none, and one must be given."""
    found = [match for match in _VARIABLE.finditer(text) if match["name"]]
    return {match["name"]: match["rest"] if match["kind"] == "-" else None for match in found}


def fill_in(value: Any, variables: Mapping[str, str]) -> Any:
    """The value, at any depth, with its variables replaced; raises SettingsInvalid for one that is missing."""
    if isinstance(value, dict):
        return {key: fill_in(item, variables) for key, item in value.items()}
    if isinstance(value, list):
        return [fill_in(item, variables) for item in value]
    if not isinstance(value, str):
        return value

    def replace(match: re.Match[str]) -> str:
        if match["dollar"]:
            return "$"
        given = variables.get(match["name"])
        if match["kind"] == "-":
            # As in a shell, `:-` also stands in for a variable that is set but empty.
            return given or match["rest"]
        if not given:
            raise SettingsInvalid(f"{match['name']} is not set: {match['rest'] or 'give it a value'}.")
        return given

    return _VARIABLE.sub(replace, value)


def choose_variables(text: str, environ: Mapping[str, str], folder: Path, *, free_ports: bool) -> dict[str, str]:
    """What the variables of a compose file are when all of it runs on this machine.

    Those of the environment come first. Hosts, whose names end in `_HOST`, are this machine; ports, in `_PORT`, are
    their defaults, or any that are free. What must be given and is not is a secret: it is made up once and kept in the
    folder, readable by its owner alone.
    """
    known = find_variables(text)
    chosen = {name: _LOOPBACK for name in known if name.endswith(_HOST)}
    if free_ports:
        names = [name for name in known if name.endswith(_PORT)]
        chosen |= {name: str(port) for name, port in zip(names, find_free_ports(len(names)), strict=True)}
    kept = folder / "secrets.env"
    made_up = read_environment_file(kept) if kept.exists() else {}
    lacking = [name for name, default in known.items() if default is None and not environ.get(name)]
    made_up |= {name: secrets.token_urlsafe(24) for name in lacking if name not in made_up}
    write_environment_file(kept, made_up)
    given = {name: environ[name] for name in known if environ.get(name)}
    return {name: default for name, default in known.items() if default is not None} | chosen | made_up | given


def read_environment_file(path: Path) -> dict[str, str]:
    """The `NAME=value` lines of a file."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("'\"") for name, _, value in pairs}


def write_environment_file(path: Path, variables: Mapping[str, str]) -> None:
    """The variables as such lines, for the owner's eyes only."""
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={value}\n" for name, value in variables.items()), encoding="utf-8")


def find_free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, and that no outgoing connection is given before somebody does."""
    found: dict[int, socket.socket] = {}
    try:
        while len(found) < count:
            port = secrets.choice(_SERVER_PORTS)
            probe = socket.socket()
            try:
                probe.bind((_LOOPBACK, port))
            except OSError:
                probe.close()
            else:
                found[port] = probe
    finally:
        for probe in found.values():
            probe.close()
    return list(found)
