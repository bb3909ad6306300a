"""The processes of the benchmark: each pinned to its core, each asked when it is ready, its cost read off /proc."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

GATEWAY_CORE = 0
LOAD_CORE = 1
_START_SECONDS = 90
_IDLE_SECONDS = 0.5
_IDLE_SHARE = 0.05
_IDLE_WITHIN_SECONDS = 60
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class DidNotStart(Exception):
    """A process ended, or did not answer in time."""


@dataclass(frozen=True, slots=True)
class Running:
    """A process that answers at `url`."""

    pid: int
    url: str

    def cpu_seconds(self) -> float:
        """The time that it and its children have had on a core so far."""
        return sum(_read_ticks(pid) for pid in _family(self.pid)) / _TICKS

    def resident_bytes(self) -> int:
        """The memory that it and its children hold."""
        return sum(_read_resident(pid) for pid in _family(self.pid))


@contextmanager
def run_pinned(
    command: Sequence[str],
    *,
    core: int,
    url: str,
    log: Path,
    environment: Mapping[str, str],
    folder: Path | None = None,
) -> Iterator[Running]:
    """Run a command on one core, in `folder`, until the block ends; raises DidNotStart with the end of its log."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*pin_to(core), *command], stdout=output, stderr=output, env={**os.environ, **environment}, cwd=folder
        )
    try:
        _wait_until_ready(process, url, log)
        yield Running(process.pid, url)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_idle(processes: Iterable[Running]) -> None:
    """Return once none has done anything for half a second; raises DidNotStart when that does not happen in a minute.

    A gateway goes on working for what the load left behind when it ended, on the core that the next one is to have.
    """
    watched = tuple(processes)
    until = time.monotonic() + _IDLE_WITHIN_SECONDS
    spent = sum(item.cpu_seconds() for item in watched)
    while time.monotonic() < until:
        time.sleep(_IDLE_SECONDS)
        before, spent = spent, sum(item.cpu_seconds() for item in watched)
        if spent - before <= _IDLE_SECONDS * _IDLE_SHARE:
            return
    raise DidNotStart("The gateways do not come to rest: no figures, since they would disturb each other.")


def pin_to(core: int) -> tuple[str, ...]:
    """What stands before a command that is to stay on one core."""
    return ("taskset", "--cpu-list", str(core))


def ask(url: str, body: bytes | None = None) -> bytes:
    """The answer to a GET, or to a POST of JSON; raises OSError, and HTTPException for a status other than 200."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        headers = {"content-type": "application/json", "accept": "application/json"}
        connection.request("GET" if body is None else "POST", parts.path, body, headers)
        response = connection.getresponse()
        content = response.read()
    finally:
        connection.close()
    if response.status != HTTPStatus.OK:
        raise HTTPException(f"{url} answered with status {response.status}.")
    return content


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            ask(url, b'{"query":"{__typename}"}')
        except (OSError, HTTPException):
            time.sleep(0.1)
        else:
            return
    raise DidNotStart(f"{url} does not answer: {log.read_text(errors='replace')[-2000:]}")


def _family(pid: int) -> list[int]:
    """The process and all below it."""
    children = [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]
    return [pid, *(member for child in children for member in _family(child))]


def _read_ticks(pid: int) -> int:
    # What follows the name in brackets, which may hold spaces: user and system time are its fields 12 and 13.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _read_resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
