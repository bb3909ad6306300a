"""The tracer that the environment describes."""

from __future__ import annotations

import sys

import pytest

from entrepot.shared.errors import SettingsInvalid
from entrepot.shared.randomness import SeededRandomness
from entrepot.shared.telemetry import NoOpTracer
from entrepot.wiring.tracing import build_tracer
from tests.support.otlp import receive_spans

ON = {"ENTREPOT_TRACING_ENABLED": "true"}


def test_it_is_off_unless_it_is_asked_for() -> None:
    assert isinstance(build_tracer({}, "entrepot-orders", SeededRandomness(1)), NoOpTracer)


@pytest.mark.parametrize(
    ("given", "service"), [({}, "entrepot-orders"), ({"ENTREPOT_TRACING_SERVICE_NAME": "mine"}, "mine")]
)
def test_it_sends_where_it_is_told_to(given: dict[str, str], service: str) -> None:
    with receive_spans() as receiver:
        environ = {**ON, **given, "ENTREPOT_TRACING_ENDPOINT": receiver.endpoint}
        tracer = build_tracer(environ, "entrepot-orders", SeededRandomness(1))
        tracer.start_span("work", parent=None).end()
        tracer.close()
        assert [span.service for span in receiver.spans] == [service]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("RATIO", "2", "from 0 to 1"),
        ("INTERVAL", "0", "more than 0"),
        ("QUEUE", "0", "more than 0"),
        ("HEADERS", "authorization", "name=value"),
        ("ENDPOINTS", "http://here", "did you mean ENTREPOT_TRACING_ENDPOINT"),
    ],
)
def test_what_cannot_be_is_refused(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingsInvalid, match=said):
        build_tracer({**ON, f"ENTREPOT_TRACING_{name}": value}, "entrepot-orders", SeededRandomness(1))


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(SettingsInvalid, match="the extra `tracing` of the wheel"):
        build_tracer(ON, "entrepot-orders", SeededRandomness(1))
