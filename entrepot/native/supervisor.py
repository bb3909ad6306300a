"""All services of a compose file as processes: started when what they need is there, ended before what they need is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from entrepot.native.compose_file import ComposeFile, Service
from entrepot.native.programs import PROGRAMS, Program, Workplace
from entrepot.native.running import RunningService, ServiceFailed, State

_MET: Final[Mapping[str, tuple[State, ...]]] = {
    "service_started": (State.STARTED, State.HEALTHY, State.COMPLETED),
    "service_healthy": (State.HEALTHY,),
    "service_completed_successfully": (State.COMPLETED,),
}
"""Condition of a compose file -> the states that meet it."""

Tell = Callable[[str], None]


class Supervisor:
    """Runs `services` with volumes, logs and the numbers of processes below `folder`; `open`, then `close`."""

    def __init__(self, file: ComposeFile, services: Mapping[str, Service], folder: Path, tell: Tell) -> None:
        self._file = file
        self._tell = tell
        for part in ("logs", "processes"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        self.running = {name: self._build(service, folder) for name, service in services.items()}

    async def open(self) -> None:
        """Return when every service runs and is well; raises ServiceFailed with the end of its log, ProgramMissing.

        Programs are looked for first, so that nothing starts where one is missing.
        """
        for name, running in self.running.items():
            _program_of(running.service).locate(name)
        async with asyncio.TaskGroup() as group:
            for running in self.running.values():
                group.create_task(self._start(running))

    async def close(self) -> None:
        """End each service when all that need it have ended."""
        ended = {name: asyncio.Event() for name in self.running}

        async def end(name: str, running: RunningService) -> None:
            users = [other for other, each in self.running.items() if name in each.service.needs]
            await asyncio.gather(*(ended[user].wait() for user in users))
            await running.stop()
            ended[name].set()

        await asyncio.gather(*(end(name, running) for name, running in self.running.items()))

    async def _start(self, running: RunningService) -> None:
        service, loop = running.service, asyncio.get_running_loop()
        for other, condition in service.needs.items():
            if other in self.running:
                await self._wait_for(self.running[other], _MET[condition])
        began = loop.time()
        running.begin()
        is_once = not service.restarts and service.health is None
        wanted = (State.COMPLETED,) if is_once else _MET["service_healthy" if service.health else "service_started"]
        await self._wait_for(running, wanted)
        self._tell(f"{service.name}: {running.state.lower()} after {loop.time() - began:.1f} s")

    async def _wait_for(self, running: RunningService, states: Iterable[State]) -> None:
        if await running.reach(*states) is State.FAILED:
            raise ServiceFailed(
                f"The service {running.service.name} failed; the end of {running.log}:\n{running.read_end_of_log()}"
            )

    def _build(self, service: Service, folder: Path) -> RunningService:
        program = _program_of(service)
        volumes = {}
        for mount in service.mounts:
            source = folder / "volumes" / mount.source if mount.is_volume else self._file.folder / mount.source
            if mount.is_volume:
                source.mkdir(parents=True, exist_ok=True)
                source.chmod(0o700)
            volumes[mount.target] = source
        places = {**program.paths, **volumes}
        place = Workplace(
            service=service,
            environment={key: _relocate(value, places) for key, value in service.environment.items()},
            command=tuple(_relocate(word, places) for word in service.command),
            volumes=volumes,
        )
        log, process_file = folder / "logs" / f"{service.name}.txt", folder / "processes" / service.name
        return RunningService(service, program, place, log, process_file)


def _program_of(service: Service) -> Program:
    try:
        return PROGRAMS[service.image_name]
    except KeyError:
        raise ServiceFailed(f"No program of this machine stands for the image {service.image}.") from None


def _relocate(value: str, places: Mapping[str, Path]) -> str:
    """A path of the container as it is on this machine; anything else as it is."""
    for target, source in places.items():
        if value == target or value.startswith(f"{target}/"):
            return str(source) + value.removeprefix(target)
    return value
