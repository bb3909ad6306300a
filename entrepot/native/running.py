"""One service that runs: its process, its log, its health, and its next start when it ends unasked."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from entrepot.native.compose_file import Service
from entrepot.native.health import find_url, is_ready
from entrepot.native.programs import Program, Workplace
from entrepot.shared.errors import InternalError

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 10.0
_FIRST_LOOK: Final = 0.25
_KEPT: Final = ("HOME", "LANG", "TMPDIR", "KAFKA_HOME", "COVERAGE_PROCESS_START")
"""Variables of this machine that a service sees beside its own."""


class ServiceFailed(InternalError):
    """A service did not come to run."""

    code = "SERVICE_FAILED"


class State(StrEnum):
    """How far a service has come; each condition of compose files is one of these, met or passed."""

    WAITING = "WAITING"
    STARTED = "STARTED"
    HEALTHY = "HEALTHY"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class RunningService:
    """A service with the process behind it. `reach` tells those who wait for it.

    What it prints is added to `log`; `process_file` holds the number of its process while there is one.
    """

    def __init__(self, service: Service, program: Program, place: Workplace, log: Path, process_file: Path) -> None:
        self.service = service
        self.state = State.WAITING
        self.log = log
        self.process_file = process_file
        self.process: asyncio.subprocess.Process | None = None
        self._program = program
        self._place = place
        self._changed = asyncio.Condition()
        self._is_stopping = False
        self._task: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.returncode is None

    def begin(self) -> None:
        """Start it in the background."""
        self._task = asyncio.create_task(self._run(), name=self.service.name)

    async def reach(self, *states: State) -> State:
        """Return when it is in one of the states, or when it has failed."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.state in (*states, State.FAILED))
            return self.state

    async def stop(self) -> None:
        """Ask it to end, and end it when it takes longer than it may."""
        self._is_stopping = True
        process = self.process
        if process is not None and process.returncode is None:
            _signal(process, self._program.stop_signal)
            try:
                async with asyncio.timeout(self.service.stop_grace):
                    await process.wait()
            except TimeoutError:
                _kill_group(process.pid)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if process is not None:
            await process.wait()

    def read_end_of_log(self, lines: int = 12) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])

    async def _run(self) -> None:
        pause = _FIRST_PAUSE
        try:
            program = self._program.locate(self.service.name)
            await asyncio.to_thread(self._program.prepare, program, self._place)
            command = list(self._program.build(program, self._place))
            while True:
                began = asyncio.get_running_loop().time()
                status = await self._run_once(command, program)
                if status == 0 and not self.service.restarts:
                    await self._become(State.COMPLETED)
                    return
                if not self.service.restarts:
                    break
                if asyncio.get_running_loop().time() - began > _LONGEST_PAUSE:
                    pause = _FIRST_PAUSE
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
        except InternalError as error:
            with self.log.open("a") as log:
                log.write(f"{error.message}\n")
        await self._become(State.FAILED)

    async def _run_once(self, command: list[str], program: Path) -> int:
        account = self._program.account()
        as_who: dict[str, Any] = {}
        if account is not None:
            as_who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        environment = self._environment(program)
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                env=environment,
                cwd=self._program.paths.get("/app", Path("/")),
                # A group of its own: Ctrl+C is for this process, which ends the others in their order.
                start_new_session=True,
                **as_who,
            )
        self.process_file.write_text(f"{self.process.pid}\n")
        await self._become(State.STARTED)
        watching = asyncio.create_task(self._watch(environment))
        try:
            return await self.process.wait()
        finally:
            self.process_file.unlink(missing_ok=True)
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _watch(self, environment: Mapping[str, str]) -> None:
        """Ask for its health until it is well: nobody here acts upon what comes later."""
        health = self.service.health
        if health is None or self.state is State.HEALTHY:
            return
        loop = asyncio.get_running_loop()
        until = loop.time() + health.patience
        pause = min(_FIRST_LOOK, health.interval)
        while loop.time() < until:
            if await self._is_well(health.test, health.timeout, environment):
                await self._become(State.HEALTHY)
                return
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, health.interval)
        await self._become(State.FAILED)

    async def _is_well(self, test: tuple[str, ...], seconds: float, environment: Mapping[str, str]) -> bool:
        url = find_url(test)
        if url is not None:
            return await is_ready(url, seconds)
        quiet = asyncio.subprocess.DEVNULL
        asking = await asyncio.create_subprocess_exec(*test, stdin=quiet, stdout=quiet, stderr=quiet, env=environment)
        try:
            async with asyncio.timeout(seconds):
                return await asking.wait() == 0
        except TimeoutError:
            return False
        finally:
            if asking.returncode is None:
                _signal(asking, signal.SIGKILL)
                await asking.wait()

    def _environment(self, program: Path) -> dict[str, str]:
        """What the service says, and where its image's programs are on this machine."""
        own = (str(program.parent), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath))
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        return kept | {"PATH": os.pathsep.join(own)} | dict(self._place.environment)

    async def _become(self, state: State) -> None:
        async with self._changed:
            self.state = state
            self._changed.notify_all()


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """As the process's own method, which also looks whether it has ended, and so takes its status from who waits."""
    with suppress(ProcessLookupError):
        os.kill(process.pid, number)


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
