"""Payloads of incremental delivery as JSON text, in two formats, and their multipart framing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from entrepot.router.execution import DeliveredData, Payload, PendingFragment
from entrepot.router.execution.json_text import encode_json
from entrepot.router.execution.merge import merge_object
from entrepot.router.web.http.lengths import check_length
from entrepot.router.web.streaming.framing import EVENTS, Framing


class PayloadEncoder(Protocol):
    """Writes the payloads of one answer, one after another."""

    def encode(self, payload: Payload) -> bytes:
        """The JSON text of the next payload."""
        ...


class IncrementalV02Encoder:
    """Fragments are announced under ids, and data says by an id where it belongs (`incrementalSpec=v0.2`)."""

    def encode(self, payload: Payload) -> bytes:
        content = _begin(payload)
        if payload.pending:
            content["pending"] = [_describe(fragment) for fragment in payload.pending]
        if payload.delivered:
            content["incremental"] = [_locate(delivered) for delivered in payload.delivered]
        if payload.completed:
            content["completed"] = [
                {"id": item.fragment.id} | ({"errors": item.errors} if item.errors else {})
                for item in payload.completed
            ]
        return _end(content, payload)


@dataclass(slots=True)
class _Collected:
    data: dict[str, Any] = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)


class DeferSpec20220824Encoder:
    """Each fragment is sent whole, with its path and label (`deferSpec=20220824`).

    What several fragments hold is sent with each of them; data that lies further down is wrapped up to the fragment's
    own object, empty objects standing for what the client has already.
    """

    def __init__(self) -> None:
        self._collected: dict[PendingFragment, _Collected] = {}

    def encode(self, payload: Payload) -> bytes:
        content = _begin(payload)
        for delivered in payload.delivered:
            for fragment in delivered.fragments:
                collected = self._collected.setdefault(fragment, _Collected())
                _place(collected.data, delivered, len(fragment.path))
                if fragment is delivered.fragments[0]:
                    collected.errors += delivered.errors
        entries: list[dict[str, Any]] = []
        for item in payload.completed:
            collected = self._collected.pop(item.fragment, _Collected())
            entry: dict[str, Any] = {"data": None if item.errors else collected.data, "path": item.fragment.path}
            if item.fragment.label is not None:
                entry["label"] = item.fragment.label
            if errors := collected.errors + item.errors:
                entry["errors"] = errors
            entries.append(entry)
        if entries:
            content["incremental"] = entries
        return _end(content, payload)


class IncrementalFraming:
    """Incremental delivery over HTTP: a part is whole for its reader once the next delimiter has come."""

    begin = b"\r\n---"
    # Clients read every part as a payload, so there is no part for heartbeats.
    heartbeat = b""
    end = b"--\r\n"

    def __init__(self, parameter: bytes) -> None:
        self.content_type = b'multipart/mixed; boundary="-"; ' + parameter

    def frame(self, body: bytes) -> bytes:
        return b"\r\ncontent-type: application/json; charset=utf-8\r\n\r\n%b\r\n---" % body

    def frame_failure(self, body: bytes) -> bytes:
        return self.frame(mark_last(body))


@dataclass(frozen=True, slots=True)
class IncrementalFormat:
    """A form of answers in parts: how payloads are written, and what is written around them."""

    build_encoder: Callable[[], PayloadEncoder]
    framing: Framing


INCREMENTAL_V0_2: Final = IncrementalFormat(IncrementalV02Encoder, IncrementalFraming(b"incrementalSpec=v0.2"))
DEFER_SPEC_20220824: Final = IncrementalFormat(DeferSpec20220824Encoder, IncrementalFraming(b"deferSpec=20220824"))
# Where events are accepted, and on sockets, there is no parameter to choose by.
EVENT_PARTS: Final = IncrementalFormat(IncrementalV02Encoder, EVENTS)
# By name and value of the parameter of `multipart/mixed`, in lower case.
FORMATS: Final = {("incrementalspec", "v0.2"): INCREMENTAL_V0_2, ("deferspec", "20220824"): DEFER_SPEC_20220824}


async def encode_payloads(
    payloads: AsyncGenerator[Payload, None], encoder: PayloadEncoder, maximum: int | None
) -> AsyncGenerator[bytes, None]:
    """The JSON text of each payload; an answer that comes whole is an ordinary response.

    Raises ResponseTooLarge when all together have more than `maximum` bytes, instead of the one that would be too much.
    """
    length = 0
    async with aclosing(payloads):
        async for payload in payloads:
            if payload.result is not None and not payload.has_next:
                body = payload.result.encode()
            else:
                body = encoder.encode(payload)
            length += len(body)
            check_length(length, maximum)
            yield body


def mark_last(body: bytes) -> bytes:
    """A response of errors as the payload that ends an answer in parts."""
    return body[:-1] + b',"hasNext":false}'


def _begin(payload: Payload) -> dict[str, Any]:
    result = payload.result
    if result is None:
        return {}
    content: dict[str, Any] = {"data": result.data}
    if result.errors:
        content["errors"] = result.errors
    if result.extensions:
        content["extensions"] = result.extensions
    return content


def _end(content: dict[str, Any], payload: Payload) -> bytes:
    content["hasNext"] = payload.has_next
    return encode_json(content)


def _describe(fragment: PendingFragment) -> dict[str, Any]:
    described: dict[str, Any] = {"id": fragment.id, "path": fragment.path}
    return described if fragment.label is None else described | {"label": fragment.label}


def _locate(delivered: DeliveredData) -> dict[str, Any]:
    fragment = delivered.fragments[0]
    located: dict[str, Any] = {"id": fragment.id}
    if len(delivered.path) > len(fragment.path):
        located["subPath"] = delivered.path[len(fragment.path) :]
    located["data"] = delivered.data
    return located | {"errors": delivered.errors} if delivered.errors else located


def _place(target: Any, delivered: DeliveredData, start: int) -> None:
    """Merges the data into what is collected for a fragment whose path has `start` steps."""
    steps: list[Any] = list(delivered.path)
    for index in range(start, len(steps)):
        step = steps[index]
        if target.__class__ is list:
            target = target[step]
            continue
        if step not in target:
            target[step] = _outline(delivered.trail[index])
        target = target[step]
    merge_object(target, delivered.data)


def _outline(value: Any) -> Any:
    """An empty value of the same form as one that the client has: merged into that, it changes nothing."""
    if value.__class__ is list:
        return [_outline(item) for item in value]
    return {} if value.__class__ is dict else value
