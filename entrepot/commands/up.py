"""`entrepot up`: everything that docker-compose.yml describes, started natively, for machines without containers."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from entrepot.native import (
    ComposeFile,
    Service,
    Supervisor,
    choose_variables,
    read_compose_file,
    read_environment_file,
    write_environment_file,
)
from entrepot.native.programs import SKIPPED
from entrepot.router.errors import CannotListen
from entrepot.shared.errors import SettingsInvalid

_LOOPBACK: Final = "127.0.0.1"
_HIGHEST_PORT: Final = 65535


def run(arguments: argparse.Namespace) -> int:
    """Run until the process receives a signal to stop; a service that exits is restarted."""
    folder: Path = arguments.data.resolve()
    folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    text = arguments.file.read_text(encoding="utf-8")
    variables = choose_variables(text, _read_environ(arguments), folder, free_ports=arguments.free_ports)
    write_environment_file(folder / "variables.env", variables)
    file = read_compose_file(arguments.file, text, variables)
    services = _choose_services(file, arguments)
    _check_ports(variables)
    asyncio.run(_supervise(services, variables, file, folder))
    return 0


async def _supervise(
    services: Mapping[str, Service], variables: Mapping[str, str], file: ComposeFile, folder: Path
) -> None:
    supervisor = Supervisor(file, services, folder, _tell)
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    opening = asyncio.create_task(supervisor.open())
    waiting = asyncio.create_task(told.wait())
    try:
        await asyncio.wait([opening, waiting], return_when=asyncio.FIRST_COMPLETED)
        if not told.is_set():
            _raise_first(opening)
            _tell(_greeting(services, variables, folder))
            await waiting
    finally:
        opening.cancel()
        waiting.cancel()
        await asyncio.gather(opening, waiting, return_exceptions=True)
        _tell("Ending the services ...")
        await supervisor.close()


def _read_environ(arguments: argparse.Namespace) -> dict[str, str]:
    """What the environment says, and where it is silent the file."""
    beside = arguments.file.parent / ".env"
    path = arguments.env_file or (beside if beside.exists() else None)
    environ = {**(read_environment_file(path) if path else {}), **os.environ}
    placeholders = sorted(name for name, value in environ.items() if name.endswith("PASSWORD") and value == "change-me")
    if placeholders:
        raise SettingsInvalid(
            f"{', '.join(placeholders)}: `change-me` is a placeholder. Change it, or take it out: what is missing is "
            "generated."
        )
    return environ


def _choose_services(file: ComposeFile, arguments: argparse.Namespace) -> dict[str, Service]:
    left_out = {name for text in arguments.scale for name in _read_scale(file, text)}
    for name, service in file.services.items():
        if service.image_name in SKIPPED:
            _tell(f"{name}: skipped without containers; {SKIPPED[service.image_name]}")
            left_out.add(name)
    chosen = file.needed_by(arguments.only) if arguments.only else file.services
    return {name: service for name, service in chosen.items() if name not in left_out}


def _read_scale(file: ComposeFile, text: str) -> Sequence[str]:
    """The numbered services beyond the count of `NAME=COUNT`; raises SettingsInvalid."""
    name, _, count = text.partition("=")
    numbered = [each for each in file.services if each.rpartition("-")[0] == name and each.rpartition("-")[2].isdigit()]
    if not numbered or not count.isdecimal():
        raise SettingsInvalid(f"--scale {text}: write NAME=COUNT, where there are services NAME-1, NAME-2 and so on.")
    if int(count) > len(numbered):
        raise SettingsInvalid(f"--scale {text}: the file has {len(numbered)} of them.")
    return [each for each in numbered if int(each.rpartition("-")[2]) > int(count)]


def _check_ports(variables: Mapping[str, str]) -> None:
    for name, value in variables.items():
        if not name.endswith("_PORT"):
            continue
        if not value.isdecimal() or not 0 < int(value) <= _HIGHEST_PORT:
            raise SettingsInvalid(f"{name} is {value!r}, and no port: set a whole number from 1 to {_HIGHEST_PORT}.")
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((_LOOPBACK, int(value)))
            except OSError:
                raise CannotListen(
                    f"Port {value} is taken: end what listens there, or set {name} to another."
                ) from None


def _raise_first(task: asyncio.Task[None]) -> None:
    """Raise what the task did; of several failures at once, the first."""
    error = task.exception()
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if error is not None:
        raise error


def _greeting(services: Mapping[str, Service], variables: Mapping[str, str], folder: Path) -> str:
    lines = [f"{len(services)} services; logs are in {folder / 'logs'}."]
    if "haproxy" in services:
        lines.append(f"The graph is at http://{_LOOPBACK}:{variables['HAPROXY_PORT']}/graphql.")
    return "\n".join(["", *lines, "Ctrl+C ends them."])


def _tell(line: str) -> None:
    print(line, flush=True)
