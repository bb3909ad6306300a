"""Logs: ids on every line, secrets on none."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from entrepot.shared.telemetry import Trace, bind_trace, configure_logging, get_logger
from entrepot.shared.telemetry.logging import drop_secrets

TRACE = Trace("req-1", "a" * 32, "b" * 16)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_ids_stand_on_each_line_of_a_request_and_on_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(json=True)
    log = get_logger("kernel.tests.ids")
    log.info("before")
    with bind_trace(TRACE):
        log.info("ours", order="ord_1")
        logging.getLogger("some.library").warning("theirs")
    log.debug("too fine")
    before, ours, theirs = lines(capsys)
    assert "request_id" not in before
    assert (ours["event"], ours["order"], ours["level"], ours["logger"]) == (
        "ours",
        "ord_1",
        "info",
        "kernel.tests.ids",
    )
    for line in (ours, theirs):
        assert (line["request_id"], line["trace_id"]) == ("req-1", "a" * 32)


@pytest.mark.parametrize("as_json", [True, False])
def test_exceptions_are_printed_without_the_values_around_them(
    capsys: pytest.CaptureFixture[str], *, as_json: bool
) -> None:
    configure_logging(json=as_json)

    def fail(hidden: str) -> None:
        raise ValueError(len(hidden))

    try:
        fail("-".join(["hunter"] * 2))
    except ValueError as error:
        get_logger("kernel.tests.errors").exception("failed")
        get_logger("kernel.tests.errors").error("failed again", exc_info=error)
        logging.getLogger("some.library").exception("theirs")
    printed = capsys.readouterr().err
    assert printed.count("ValueError: 13") == 3
    assert "hunter-hunter" not in printed


def test_secrets_are_dropped_however_deep() -> None:
    event = {
        "event": "log_in",
        "password": "p1",
        "Authorization": "Bearer p2",
        "newPassword": "p3",
        "payment_token": "p4",
        "set-cookie": "p5",
        "apiKey": "p6",
        "headers": {"authorization": "p7", "accept": "text/html"},
        "inputs": [{"refreshToken": "p8", "email": "a@b.c"}, ({"secrets": ["p9"]},)],
        "token_id": "tok_1",
        "tokenized": "yes",
    }
    dropped = drop_secrets(None, "info", event)
    printed = json.dumps(dropped)
    assert not [number for number in range(1, 10) if f"p{number}" in printed]
    assert dropped["headers"]["accept"] == "text/html"
    assert dropped["inputs"][0]["email"] == "a@b.c"
    assert (dropped["token_id"], dropped["tokenized"]) == ("tok_1", "yes")
