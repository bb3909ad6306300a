"""Compose files read as values."""

from __future__ import annotations

from pathlib import Path

import pytest

from entrepot.native import ComposeFile, read_compose_file
from entrepot.native.compose_file import read_duration
from entrepot.shared.errors import SettingsInvalid

FILE = Path("docker-compose.yml")
TEXT = """
services:
  db:
    image: postgres:16
    command: [postgres, -p, "${DB_PORT:-5432}"]
    environment: {POSTGRES_PASSWORD: secret}
    volumes: ["db-data:/var/lib/data", "./conf:/etc/conf:ro"]
    healthcheck: {test: [CMD, pg_isready], interval: 2s, retries: 5, start_period: 1m}
    restart: unless-stopped
    stop_grace_period: 1m30s
  migrate:
    image: registry.example/shop:1.2
    depends_on:
      db: {condition: service_healthy}
  app:
    image: registry.example/shop:1.2
    depends_on: {migrate: {condition: service_completed_successfully}}
  other:
    image: redis
"""


def read(text: str = TEXT) -> ComposeFile:
    return read_compose_file(FILE, text, {})


def test_a_service_is_read_whole() -> None:
    db = read().services["db"]
    assert db.image_name == "postgres"
    assert db.command == ("postgres", "-p", "5432")
    assert [(mount.source, mount.target, mount.is_volume) for mount in db.mounts] == [
        ("db-data", "/var/lib/data", True),
        ("./conf", "/etc/conf", False),
    ]
    assert db.health is not None
    assert db.health.patience == 70.0
    assert db.restarts
    assert db.stop_grace == 90.0


def test_what_a_service_needs_comes_with_it() -> None:
    assert list(read().needed_by(["app"])) == ["db", "migrate", "app"]


def test_an_image_without_a_tag_is_its_name() -> None:
    assert read().services["other"].image_name == "redis"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("services: {a: {image: b, command: run it}}", "must be a list"),
        ("services: {a: {image: b, depends_on: [c]}}", "needs c"),
        ("services: {a: {image: b, depends_on: {a: {condition: ready}}}}", "'ready'"),
        ("services: {a: {image: b, healthcheck: {test: [CMD-SHELL, x]}}}", "begins with CMD"),
        ("services: {a: {image: b, volumes: [/data]}}", "SOURCE:TARGET"),
        ("services: {a: {image: b, stop_grace_period: soon}}", "no duration"),
        ("services: [", "not YAML"),
    ],
)
def test_what_cannot_be_run_natively_is_refused(text: str, said: str) -> None:
    with pytest.raises(SettingsInvalid, match=said):
        read(text)


def test_an_unknown_service_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(SettingsInvalid, match="there are app, db"):
        read().needed_by(["apps"])


@pytest.mark.parametrize(("text", "seconds"), [("2s", 2.0), ("500ms", 0.5), ("1h5m", 3900.0)])
def test_durations(text: str, seconds: float) -> None:
    assert read_duration(text) == seconds
