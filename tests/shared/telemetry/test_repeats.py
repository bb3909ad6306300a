"""Lines of libraries that repeat themselves."""

from __future__ import annotations

import json
import logging

import pytest

from entrepot.shared.telemetry import configure_logging
from entrepot.shared.telemetry.repeats import RepeatFilter
from tests.support.clock import ManualClock


def say(name: str, text: str, *values: object, level: int = logging.ERROR) -> logging.LogRecord:
    return logging.LogRecord(name, level, __file__, 1, text, values, None)


def test_one_line_per_minute_and_message() -> None:
    clock = ManualClock()
    repeats = RepeatFilter(["aiokafka"], clock.monotonic)
    passed: list[str] = []
    for _ in range(130):
        lines = (
            say("aiokafka.cluster", "Topic %s not found in cluster metadata", "entrepot.orders"),
            say("aiokafka.cluster", "Topic %s not found in cluster metadata", "entrepot.carts"),
            say("aiokafka.conn", "Connect attempt to <AIOKafkaConnection node_id=%d> failed", 1),
        )
        passed += [line.getMessage() for line in lines if repeats.filter(line)]
        clock.advance(1)
    assert len(passed) == 3 * 3
    assert passed[3].endswith("entrepot.orders not found in cluster metadata (and 59 times since the last line)")


def test_numbers_make_no_other_message_and_levels_do() -> None:
    repeats = RepeatFilter(["aiokafka"], ManualClock().monotonic)
    assert repeats.filter(say("aiokafka", "offset %d is out of range", 7))
    assert not repeats.filter(say("aiokafka", "offset %d is out of range", 8))
    assert repeats.filter(say("aiokafka", "offset %d is out of range", 8, level=logging.WARNING))


def test_other_loggers_are_not_touched() -> None:
    repeats = RepeatFilter(["aiokafka"], ManualClock().monotonic)
    for name in ("entrepot.shared.events.bus.kafka", "aiokafkas"):
        assert all(repeats.filter(say(name, "again")) for _ in range(3))


def test_what_is_remembered_is_bounded() -> None:
    repeats = RepeatFilter(["aiokafka"], ManualClock().monotonic)
    for first in "abcdefghij":
        for second in range(200):
            assert repeats.filter(say("aiokafka", f"{first}{'x' * second}"))
    assert len(repeats._said) == 1_000


def test_it_is_in_force_once_logging_is_configured(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(json=True)
    for _ in range(5):
        logging.getLogger("aiokafka.cluster").error("Topic %s not found in cluster metadata", "entrepot.orders")
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["event"] == "Topic entrepot.orders not found in cluster metadata"
