"""Services as processes: their order, their health, their end, and the start after an end that nobody asked for."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from entrepot.native import Supervisor, read_compose_file
from entrepot.native import supervisor as module
from entrepot.native.programs import Program, ProgramMissing, Workplace
from entrepot.native.running import ServiceFailed

Open = Callable[[str], Any]

NOTE = "import sys, time; open(sys.argv[1], 'a').write(sys.argv[2] + '\\n')"
STAY = f"{NOTE}; time.sleep(600)"


def run_python(program: Path, place: Workplace) -> list[str]:
    code = {"stay": STAY, "once": NOTE, "fail": "raise SystemExit('it went wrong')"}[place.command[0]]
    return [str(program), "-c", code, *place.command[1:], place.service.name]


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    python = Program(lambda: Path(sys.executable), "Python", run_python)
    missing = Program(lambda: None, "the-package", run_python)
    monkeypatch.setattr(module, "PROGRAMS", {"python": python, "missing": missing})


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Open]:
    supervisors: list[Supervisor] = []

    async def open_services(text: str) -> Supervisor:
        file = read_compose_file(tmp_path / "docker-compose.yml", text, {})
        supervisor = Supervisor(file, file.services, tmp_path / "run", lambda _line: None)
        supervisors.append(supervisor)
        await supervisor.open()
        return supervisor

    yield open_services
    for supervisor in supervisors:
        await supervisor.close()


def notes(folder: Path) -> list[str]:
    return (folder / "run" / "volumes" / "notes" / "said").read_text().split()


SERVICE = "image: python:3, volumes: ['notes:/notes']"


async def test_each_starts_when_what_it_needs_is_there(opened: Open, tmp_path: Path) -> None:
    said = tmp_path / "run" / "volumes" / "notes" / "said"
    await opened(f"""
services:
  last:
    {{{SERVICE}, command: [once, /notes/said], depends_on: {{middle: {{condition: service_completed_successfully}}}}}}
  middle:
    {{{SERVICE}, command: [once, /notes/said], depends_on: {{first: {{condition: service_healthy}}}}}}
  first:
    {{{SERVICE}, command: [stay, /notes/said], restart: always, healthcheck: {{test: [CMD, grep, -q, first, {said}]}}}}
""")
    assert notes(tmp_path) == ["first", "middle", "last"]


async def test_all_are_ended(opened: Open) -> None:
    supervisor = await opened(f"services: {{a: {{{SERVICE}, command: [stay, /notes/said], restart: always}}}}")
    running = supervisor.running["a"]
    assert running.is_running
    await supervisor.close()
    assert running.process.returncode == -signal.SIGTERM


async def test_what_is_killed_starts_again(opened: Open, tmp_path: Path) -> None:
    supervisor = await opened(f"services: {{a: {{{SERVICE}, command: [stay, /notes/said], restart: always}}}}")
    first = supervisor.running["a"].process
    async with asyncio.timeout(20):
        while not (tmp_path / "run" / "volumes" / "notes" / "said").exists():
            await asyncio.sleep(0.02)
        os.kill(first.pid, signal.SIGKILL)
        while len(notes(tmp_path)) < 2:
            await asyncio.sleep(0.02)
    assert supervisor.running["a"].process.pid != first.pid


async def test_a_failure_is_told_with_the_end_of_the_log(opened: Open) -> None:
    with pytest.raises(ExceptionGroup) as raised:
        await opened(f"services: {{a: {{{SERVICE}, command: [fail]}}}}")
    (error,) = raised.value.exceptions
    assert isinstance(error, ServiceFailed)
    assert "it went wrong" in error.message


async def test_a_program_that_is_missing_is_told_with_its_package(opened: Open) -> None:
    with pytest.raises(ProgramMissing, match="a needs a program that is not here: install the-package"):
        await opened("services: {a: {image: missing}}")


async def test_what_is_never_well_has_failed(opened: Open) -> None:
    check = "healthcheck: {test: [CMD, 'false'], interval: 100ms, retries: 2}"
    with pytest.raises(ExceptionGroup) as raised:
        await opened(f"services: {{a: {{{SERVICE}, command: [stay, /notes/said], restart: always, {check}}}}}")
    assert [type(error) for error in raised.value.exceptions] == [ServiceFailed]
