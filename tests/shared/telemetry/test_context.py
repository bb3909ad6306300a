"""Traces: continued when well formed (W3C Trace Context), begun otherwise."""

from __future__ import annotations

import re

import pytest

from entrepot.shared.randomness import SeededRandomness
from entrepot.shared.telemetry import Trace, bind_trace, current_trace, read_trace

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE_ID}-00f067aa0ba902b7-01"


def read(request_id: str | None = None, traceparent: str | None = None) -> Trace:
    return read_trace(request_id, traceparent, SeededRandomness(1))


def test_continues_a_trace_with_a_span_of_its_own() -> None:
    trace = read("abc-1", PARENT)
    assert (trace.request_id, trace.trace_id) == ("abc-1", TRACE_ID)
    assert trace.span_id != "00f067aa0ba902b7"
    assert re.fullmatch(rf"00-{TRACE_ID}-[0-9a-f]{{16}}-01", trace.traceparent)


def test_passes_on_that_nobody_samples() -> None:
    assert read(None, PARENT[:-2] + "00").traceparent.endswith("-00")
    assert read(None, PARENT[:-2] + "03").traceparent.endswith("-01")


@pytest.mark.parametrize("traceparent", [f"01-{TRACE_ID}-00f067aa0ba902b7-01", f"cc-{PARENT[3:]}-what-comes"])
def test_reads_later_versions_as_far_as_it_knows_them(traceparent: str) -> None:
    assert read(None, traceparent).trace_id == TRACE_ID


@pytest.mark.parametrize(
    "traceparent",
    [
        None,
        "",
        "nonsense",
        f"ff-{PARENT[3:]}",
        f"{PARENT}-more",
        f"cc-{PARENT[3:]}more",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{TRACE_ID}-{'0' * 16}-01",
        PARENT.upper(),
        PARENT[:-1],
        PARENT + "\n",
    ],
)
def test_begins_a_trace_when_there_is_none_to_continue(traceparent: str | None) -> None:
    trace = read(None, traceparent)
    assert re.fullmatch(r"[0-9a-f]{32}", trace.trace_id)
    assert trace.trace_id != TRACE_ID
    assert trace.request_id == f"req-{trace.trace_id[:16]}"


@pytest.mark.parametrize("request_id", ["", "a b", "a\nb", "x" * 65, "<script>", "é"])
def test_replaces_request_ids_that_could_forge_a_line(request_id: str) -> None:
    assert read(request_id, PARENT).request_id == f"req-{TRACE_ID[:16]}"


def test_is_bound_for_the_block_alone() -> None:
    outer, inner = read("outer"), read("inner")
    with bind_trace(outer):
        with bind_trace(inner):
            assert current_trace() is inner
        assert current_trace() is outer
    assert current_trace() is None
