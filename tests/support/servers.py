"""Real servers for tests: those that the environment names, else programs of this machine, started for the run."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.tree import ROOT

POSTGRES = "ENTREPOT_TEST_POSTGRES"
REDIS = "ENTREPOT_TEST_REDIS"
KAFKA = "ENTREPOT_TEST_KAFKA"
_KAFKA_SCRIPT = ROOT / "scripts" / "kafka"


def postgres_url() -> str:
    """The URL of a PostgreSQL server where databases may be made; skips the test, with the remedy, without one."""
    named = os.environ.get(POSTGRES)
    if named is None:
        pytest.skip(
            f"needs PostgreSQL: set {POSTGRES} to a server's URL, such as "
            "postgresql+asyncpg://postgres@127.0.0.1/postgres; `scripts/postgres start FOLDER` starts one"
        )
    return named


@contextmanager
def serve_redis(folder: Path) -> Iterator[str]:
    """The URL of a Redis server; skips the test, with the remedy, when there is none."""
    named = os.environ.get(REDIS)
    if named is not None:
        yield named
        return
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip(f"needs Redis: install redis-server, or set {REDIS} to a server's URL, redis://127.0.0.1:6379/0")
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    try:
        wait_for_port(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait()


def find_kafka_script() -> Path:
    """What starts a broker of one's own; skips the test, with the remedy, where Java or Kafka's jars cannot be had."""
    if shutil.which("java") is None:
        pytest.skip(f"needs Kafka: install Java 17 or later, or set {KAFKA} to a broker's address, 127.0.0.1:9092")
    fetched = subprocess.run([_KAFKA_SCRIPT, "fetch"], capture_output=True, text=True, check=False)
    if fetched.returncode:
        pytest.skip(f"needs Kafka: {fetched.stderr.strip()}")
    return _KAFKA_SCRIPT


@contextmanager
def serve_kafka(shared_folder: Path) -> Iterator[str]:
    """The address of a Kafka broker, one for all test processes; skips, with the remedy, without one."""
    named = os.environ.get(KAFKA)
    if named is not None:
        yield named
        return
    script = find_kafka_script()
    folder = shared_folder / "kafka"
    with _share(shared_folder / "kafka.users", 1) as is_first:
        if is_first:
            started = subprocess.run([script, "start", folder], capture_output=True, text=True, check=True)
            (shared_folder / "kafka.address").write_text(started.stdout.strip())
    try:
        yield (shared_folder / "kafka.address").read_text()
    finally:
        with _share(shared_folder / "kafka.users", -1) as is_last:
            if is_last:
                subprocess.run([script, "stop", folder], check=True)


@contextmanager
def _share(counter: Path, change: int) -> Iterator[bool]:
    """Count a user in or out; inside the block, which no other process enters, whether nobody else uses it."""
    with counter.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        users = int(file.read() or 0)
        yield users + min(change, 0) == 0
        file.truncate(0)
        file.write(str(users + change))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_port(port: int, seconds: float = 30.0) -> None:
    """Return when somebody listens; raises TimeoutError."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(f"Nobody listens on port {port}.")


def need_program(name: str, package: str) -> str:
    """Where the program is; skips the test, with the remedy, where it is not installed."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"needs {name}: apt-get install {package}")
    return found
