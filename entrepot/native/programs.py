"""Which program of this machine does the work of which image, as a table.

A row says how to find the program, what to do once before its first start, and what its command line is natively.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from entrepot.native.compose_file import Service
from entrepot.shared.errors import InternalError

_ROOT: Final = Path(__file__).resolve().parents[2]
_PEOPLE_MAY_PASS: Final = 0o001


class ProgramMissing(InternalError):
    """A program that an image stands for is not installed."""

    code = "PROGRAM_MISSING"


@dataclass(frozen=True, slots=True)
class Workplace:
    """A service that is about to run: `volumes` are folders by the path that the container knows them by."""

    service: Service
    environment: Mapping[str, str]
    command: tuple[str, ...]
    volumes: Mapping[str, Path]


Find = Callable[[], Path | None]
Prepare = Callable[[Path, Workplace], None]
Build = Callable[[Path, Workplace], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Program:
    """What runs for an image. `package` is where Debian and its like have it; `user` whom it runs as under root."""

    find: Find
    package: str
    build: Build
    prepare: Prepare = field(default=lambda _program, _place: None)
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    paths: Mapping[str, Path] = field(default_factory=dict)
    """Folders of the image itself, where they are on this machine."""

    def locate(self, service: str) -> Path:
        """Where the program is; raises ProgramMissing, which names the package."""
        found = self.find()
        if found is None:
            raise ProgramMissing(f"The service {service} needs a program that is not here: install {self.package}.")
        return found

    def account(self) -> pwd.struct_passwd | None:
        """The user to run as; None means the current user."""
        if self.user is None or os.geteuid() != 0:
            return None
        return pwd.getpwnam(self.user)


def on_path(name: str) -> Find:
    return lambda: None if (found := shutil.which(name)) is None else Path(found)


def _find_postgres() -> Path | None:
    """The server's programs are seldom on the PATH: Debian keeps several versions side by side."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    found = shutil.which("postgres")
    return versions[-1] if versions else Path(found) if found else None


def _prepare_postgres(program: Path, place: Workplace) -> None:
    folder = _data_of(place)
    if (folder / "PG_VERSION").exists():
        return
    account = PROGRAMS["postgres"].account()
    password = folder.parent / f".{folder.name}-password"
    password.touch(mode=0o600)
    password.write_text(place.environment["POSTGRES_PASSWORD"])
    _give(account, folder, password)
    user = place.environment.get("POSTGRES_USER", "postgres")
    options = ["-D", str(folder), "-U", user, "--auth=scram-sha-256", f"--pwfile={password}", "--no-sync"]
    try:
        _run_once([str(program.parent / "initdb"), *options], account)
    finally:
        password.unlink()


def _build_postgres(program: Path, place: Workplace) -> list[str]:
    only_here = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
    return [str(program), "-D", str(_data_of(place)), *only_here, *place.command[1:]]


def _find_kafka() -> Path | None:
    script = _ROOT / "scripts" / "kafka"
    is_there = shutil.which("java") is not None and script.exists()
    return script if is_there and (shutil.which("mvn") or os.environ.get("KAFKA_HOME")) else None


def _prepare_kafka(program: Path, _place: Workplace) -> None:
    _run_once([str(program), "fetch"], None)


def _build_kafka(program: Path, place: Workplace) -> list[str]:
    address = urlsplit(place.environment["KAFKA_ADVERTISED_LISTENERS"])
    return [str(program), "run", str(_data_of(place)), str(address.port)]


def _build_as_written(program: Path, place: Workplace) -> list[str]:
    return [str(program), *place.command[1:]]


def _build_own(program: Path, place: Workplace) -> list[str]:
    return [str(program), "-m", "entrepot.cli", *place.command]


def _data_of(place: Workplace) -> Path:
    return next(iter(place.volumes.values()))


def _give(account: pwd.struct_passwd | None, *paths: Path) -> None:
    """Let the account have the paths, below folders that it may pass."""
    if account is None:
        return
    for path in paths:
        os.chown(path, account.pw_uid, account.pw_gid)
    closed = [folder for folder in paths[0].parents if not folder.stat().st_mode & _PEOPLE_MAY_PASS]
    if closed:
        raise ProgramMissing(
            f"{account.pw_name} runs its program and cannot pass {closed[-1]}: choose another folder with --data."
        )


def _run_once(command: Sequence[str], account: pwd.struct_passwd | None) -> None:
    as_who = {} if account is None else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **as_who)  # type: ignore[call-overload]  # noqa: S603 - a command of this table
    if done.returncode:
        raise InternalError(f"{command[0]} failed: {(done.stderr or done.stdout).strip()}")


PROGRAMS: Final[Mapping[str, Program]] = {
    "entrepot": Program(lambda: Path(sys.executable), "Python", _build_own, paths={"/app": _ROOT}),
    "postgres": Program(
        _find_postgres,
        "postgresql",
        _build_postgres,
        _prepare_postgres,
        user="postgres",
        # Ends the connections that are left; the usual signal waits for them.
        stop_signal=signal.SIGINT,
    ),
    "redis": Program(on_path("redis-server"), "redis-server", _build_as_written),
    "apache/kafka": Program(_find_kafka, "default-jre-headless and maven", _build_kafka, _prepare_kafka),
    "haproxy": Program(on_path("haproxy"), "haproxy", _build_as_written),
}
"""Image, without its tag, to what runs for it."""

SKIPPED: Final[Mapping[str, str]] = {
    "prom/prometheus": "nothing depends on it; deploy/prometheus works with an installed Prometheus as well",
    "grafana/grafana": "nothing depends on it; deploy/grafana holds its dashboards",
}
"""Images without a native program, and why that does no harm."""
