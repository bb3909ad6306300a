"""Settings from the environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec
import pytest

from entrepot.shared.config import read_settings
from entrepot.shared.errors import SettingsInvalid


@dataclass(frozen=True)
class Settings:
    issuer: str
    port: int = 4000
    rate: float = 1.5
    debug: bool = False
    hosts: tuple[str, ...] = ("a",)
    names: list[int] = field(default_factory=list)
    note: str | None = None
    workers: Annotated[int, msgspec.Meta(ge=1)] = 1

    def __post_init__(self) -> None:
        if self.issuer == "nobody":
            raise ValueError("issuer is nobody")


def read(**given: str) -> Settings:
    return read_settings(Settings, {f"APP_{key}": value for key, value in given.items()}, "APP")


def test_fills_defaults() -> None:
    assert read(ISSUER="me") == Settings("me")


def test_reads_every_type() -> None:
    settings = read(ISSUER="me", PORT="80", RATE="2", DEBUG="true", HOSTS="x, y,", NAMES="1,2", NOTE="n", WORKERS="3")
    assert settings == Settings(
        "me", port=80, rate=2.0, debug=True, hosts=("x", "y"), names=[1, 2], note="n", workers=3
    )


@pytest.mark.parametrize(("text", "expected"), [("1", True), ("0", False), ("false", False), ("True", True)])
def test_reads_booleans(text: str, expected: Any) -> None:
    assert read(ISSUER="me", DEBUG=text).debug is expected


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "APP_ISSUER is required"),
        ({"ISSUER": "me", "PORT": "x"}, "APP_PORT"),
        ({"ISSUER": "me", "PORT": "1.5"}, "APP_PORT"),
        ({"ISSUER": "me", "DEBUG": "maybe"}, "APP_DEBUG"),
        ({"ISSUER": "me", "NAMES": "1,x"}, "APP_NAMES"),
        ({"ISSUER": "me", "WORKERS": "0"}, "APP_WORKERS"),
        ({"ISSUER": "me", "PROT": "80"}, "APP_PROT is unknown, did you mean APP_PORT?"),
        ({"ISSUER": "me", "ZZZZZ": "1"}, "APP_ZZZZZ is unknown"),
        ({"ISSUER": "nobody"}, "issuer is nobody"),
    ],
)
def test_refuses(given: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        read(**given)
    assert named in caught.value.message


def test_names_every_problem_at_once_and_no_value() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        read(PORT="s3cret", DEBUG="hush", PROT="80")
    for name in ("APP_PORT", "APP_DEBUG", "APP_PROT", "APP_ISSUER"):
        assert name in caught.value.message
    assert "s3cret" not in caught.value.message


def test_leaves_variables_of_others_alone() -> None:
    assert read_settings(Settings, {"APP_ISSUER": "me", "APPLE_PORT": "1", "PATH": "/"}, "APP") == Settings("me")
