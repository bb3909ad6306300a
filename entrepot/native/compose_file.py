"""A compose file as values: the part of the specification that has a meaning without containers.

What bounds a container (networks, limits, users, file systems) is read by container engines and left out here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from entrepot.native.variables import fill_in
from entrepot.shared.errors import SettingsInvalid

_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s|m|h)")
_UNITS: Final = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
CONDITIONS: Final = ("service_started", "service_healthy", "service_completed_successfully")


@dataclass(frozen=True, slots=True)
class Health:
    """A command that ends with 0 when the service is well; times in seconds."""

    test: tuple[str, ...]
    interval: float = 30.0
    timeout: float = 30.0
    retries: int = 3
    start_period: float = 0.0

    @property
    def patience(self) -> float:
        """How long a service may take to become well."""
        return self.start_period + self.retries * self.interval


@dataclass(frozen=True, slots=True)
class Mount:
    """Where a path of the container comes from: a folder of the repository, or a volume by its name."""

    source: str
    target: str

    @property
    def is_volume(self) -> bool:
        return not self.source.startswith((".", "/", "~"))


@dataclass(frozen=True, slots=True)
class Service:
    """One service. `needs` are others by name, with the condition that each must have met before this one starts."""

    name: str
    image: str
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()
    needs: Mapping[str, str] = field(default_factory=dict)
    health: Health | None = None
    restarts: bool = False
    stop_grace: float = 10.0

    @property
    def image_name(self) -> str:
        """The image without its tag."""
        return self.image.rpartition(":")[0] or self.image


@dataclass(frozen=True, slots=True)
class ComposeFile:
    """The services by name; `folder` is what their relative paths begin at."""

    folder: Path
    services: Mapping[str, Service]

    def needed_by(self, names: Sequence[str]) -> dict[str, Service]:
        """These services and all that they need, directly or not; raises SettingsInvalid for an unknown name."""
        found: dict[str, Service] = {}
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in self.services:
                raise SettingsInvalid(f"There is no service {name!r}; there are {', '.join(sorted(self.services))}.")
            if name not in found:
                found[name] = self.services[name]
                waiting += self.services[name].needs
        return {name: service for name, service in self.services.items() if name in found}


def read_compose_file(path: Path, text: str, variables: Mapping[str, str]) -> ComposeFile:
    """The services in the text of the file at `path`, with their variables filled in; raises SettingsInvalid."""
    try:
        document = fill_in(yaml.safe_load(text), variables)
    except yaml.YAMLError as error:
        raise SettingsInvalid(f"{path} is not YAML: {error}") from error
    services = {name: _read_service(name, content) for name, content in document["services"].items()}
    for service in services.values():
        unknown = [name for name in service.needs if name not in services]
        if unknown:
            raise SettingsInvalid(f"The service {service.name} needs {unknown[0]}, which {path} does not have.")
    return ComposeFile(path.parent.resolve(), services)


def _read_service(name: str, content: Mapping[str, Any]) -> Service:
    command = content.get("command") or []
    if isinstance(command, str):
        raise SettingsInvalid(f"The command of {name} must be a list: there is no shell to take it apart.")
    environment = content.get("environment") or {}
    return Service(
        name=name,
        image=content["image"],
        command=tuple(map(str, command)),
        environment={key: str(value) for key, value in environment.items()},
        mounts=tuple(_read_mount(name, text) for text in content.get("volumes") or ()),
        needs=_read_needs(name, content.get("depends_on") or {}),
        health=_read_health(name, content.get("healthcheck")),
        restarts=content.get("restart", "no") != "no",
        stop_grace=read_duration(content.get("stop_grace_period", "10s")),
    )


def _read_mount(name: str, text: Any) -> Mount:
    if not isinstance(text, str) or ":" not in text:
        raise SettingsInvalid(f"Write the volumes of {name} as SOURCE:TARGET or SOURCE:TARGET:ro.")
    source, target, *_ = text.split(":")
    return Mount(source, target)


def _read_needs(name: str, content: Any) -> dict[str, str]:
    needs = content if isinstance(content, dict) else {other: {} for other in content}
    conditions = {other: (said or {}).get("condition", CONDITIONS[0]) for other, said in needs.items()}
    for other, condition in conditions.items():
        if condition not in CONDITIONS:
            raise SettingsInvalid(f"{name} waits for {other} to be {condition!r}, which is not one of {CONDITIONS}.")
    return conditions


def _read_health(name: str, content: Mapping[str, Any] | None) -> Health | None:
    if not content:
        return None
    kind, *test = content["test"]
    if kind != "CMD":
        raise SettingsInvalid(f"Write the health check of {name} as a list that begins with CMD.")
    durations = {key: read_duration(content[key]) for key in ("interval", "timeout", "start_period") if key in content}
    return Health(tuple(test), retries=int(content.get("retries", 3)), **durations)


def read_duration(text: str) -> float:
    """Seconds of a duration such as `1m30s`; raises SettingsInvalid."""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise SettingsInvalid(f"{text!r} is no duration: write it like 1m30s.")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
