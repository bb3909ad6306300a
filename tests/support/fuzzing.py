"""Malformed requests by chance and a seed: what a broken or hostile client may send to the edges of a router."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, Final

_WORDS: Final = (
    *("{", "}", "(", ")", "[", "]", ":", "$", "@", "!", "...", "|", "=", "&", ",", "#", '"', '"""', "\\", "\ufeff"),
    *(
        "query",
        "mutation",
        "subscription",
        "fragment",
        "on",
        "null",
        "true",
        "type",
        "extend",
        "__typename",
        "__schema",
    ),
    *("me", "people", "nodes", "id", "name", "notes", "text", "author", "email", "Person", "Query", "first", "filter"),
    *("@skip(if: true)", "@include(if: $a)", "@defer", "-1", "9" * 400, "1e999", "0x10", "-0", '"\\ud800"', "\u0000"),
)
_DOCUMENTS: Final = (
    "{ me { id name notes { text } } }",
    "query ($n: Int = 2, $f: PersonFilter) { people(first: $n, filter: $f) { id ...P } } fragment P on Person { name }",
    'mutation { rename(id: "1", name: "x") { id } }',
    "subscription { ticks(count: 2) { number } }",
    "{ __schema { types { name fields { name } } } }",
    "{ nodes { __typename id ... on Person @defer { notes { text } } } }",
)
_HEADERS: Final = (
    *(
        "accept: text/event-stream",
        "accept: multipart/mixed; deferSpec=20220824",
        "accept: */*;q=x",
        "accept: text/html",
    ),
    *("authorization: Bearer a.b.c", "authorization: Basic x", "authorization: Bearer ", "x-api-key: \x7f"),
    *("content-encoding: gzip", "content-type: application/json; charset=utf-16", "traceparent: 00-zz-zz-00"),
    *("x-forwarded-for: ,,,", "x-request-id: " + "r" * 300, "entrepot-query-plan: only", "origin: null"),
    *("expect: 100-continue", "upgrade: h2c", "te: trailers", "content-length: 5", "transfer-encoding: gzip"),
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is sent on one connection; `is_whole` says that an answer must come."""

    content: bytes
    is_whole: bool


class Fuzzer:
    """Makes attempts; the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._http: tuple[Callable[[], Attempt], ...] = (
            self._post_anything,
            self._post_json,
            self._post_json,
            self._post_document,
            self._post_document,
            self._get,
            self._break_head,
            self._cut,
        )

    def build_http(self) -> Attempt:
        """The bytes of an HTTP request, more or less."""
        return self._random.choice(self._http)()

    def build_frames(self) -> list[bytes]:
        """WebSocket frames to send after a handshake."""
        random = self._random
        frames = [] if random.random() < 0.1 else [text_frame(json.dumps({"type": "connection_init"}).encode())]
        return [*frames, *(self._build_frame() for _ in range(random.randint(1, 4)))]

    def _build_frame(self) -> bytes:
        random = self._random
        kind = random.randrange(8)
        if kind <= 3:
            message = {"id": random.choice(["1", "", 1, None]), "type": "subscribe", "payload": self._request()}
            return text_frame(_dump(message))
        if kind == 4:
            types = ("connection_init", "ping", "pong", "complete", "next", "", None)
            return text_frame(_dump({"type": random.choice(types), "payload": self._value(3), "id": self._value(1)}))
        if kind == 5:
            return text_frame(self._mutate(_dump(self._value(4))))
        if kind == 6:
            return build_frame(random.randrange(256), random.randbytes(random.randrange(200)))
        return random.randbytes(random.randrange(1, 60))

    def _post_anything(self) -> Attempt:
        return self._post(self._random.randbytes(self._random.randrange(300)))

    def _post_json(self) -> Attempt:
        body = _dump(self._request() if self._random.random() < 0.7 else self._value(5))
        return self._post(self._mutate(body) if self._random.random() < 0.4 else body)

    def _post_document(self) -> Attempt:
        return self._post(
            _dump({"query": self._document(), "variables": self._random.choice([None, {}, self._value(3)])})
        )

    def _get(self) -> Attempt:
        random = self._random
        names = random.choices(("query", "variables", "extensions", "operationName", "x"), k=random.randint(0, 3))
        parts = [f"{name}={self._quote(self._document())}" for name in names]
        line = f"GET /graphql?{'&'.join(parts)} HTTP/1.1"
        return Attempt(self._head(line, ["apollo-require-preflight: 1"]), is_whole=True)

    def _break_head(self) -> Attempt:
        return Attempt(self._mutate(self._post(_dump(self._request())).content), is_whole=False)

    def _cut(self) -> Attempt:
        content = self._post(_dump(self._request())).content
        return Attempt(content[: self._random.randrange(1, len(content))], is_whole=False)

    def _post(self, body: bytes) -> Attempt:
        extra = [self._random.choice(_HEADERS)] if self._random.random() < 0.3 else []
        # A header that contradicts the length, or that makes a stream of the answer, may leave the connection open.
        is_whole = not extra
        head = self._head("POST /graphql HTTP/1.1", ["content-type: application/json", f"content-length: {len(body)}"])
        return Attempt(head[:-2] + "".join(f"{line}\r\n" for line in extra).encode() + b"\r\n" + body, is_whole)

    def _head(self, line: str, headers: list[str]) -> bytes:
        return "\r\n".join([line, "host: router.test", "connection: close", *headers, "", ""]).encode()

    def _quote(self, text: str) -> str:
        quoted = "".join(f"%{byte:02x}" for byte in text.encode("utf-8", "surrogatepass"))
        return quoted if self._random.random() < 0.8 else quoted.replace("%7b", "%zz", 1)

    def _request(self) -> dict[str, Any]:
        random = self._random
        request: dict[str, Any] = {"query": self._document()}
        if random.random() < 0.4:
            request["variables"] = random.choice([{"n": self._value(2), "f": self._value(3)}, self._value(2)])
        if random.random() < 0.2:
            request["operationName"] = self._value(1)
        if random.random() < 0.2:
            hash_ = random.choice(["0" * 64, "", self._value(1)])
            request["extensions"] = random.choice(
                [self._value(2), {"persistedQuery": {"version": 1, "sha256Hash": hash_}}]
            )
        if random.random() < 0.1:
            request[random.choice(["documentId", "doc_id", "query"])] = self._value(2)
        return request

    def _document(self) -> str:
        random = self._random
        kind = random.random()
        if kind < 0.4:
            return random.choice(_DOCUMENTS)
        if kind < 0.7:
            words = random.choice(_DOCUMENTS).split(" ")
            for _ in range(random.randint(1, 4)):
                words[random.randrange(len(words))] = random.choice(_WORDS)
            return " ".join(words)
        if kind < 0.95:
            return " ".join(random.choices(_WORDS, k=random.randint(0, 40)))
        return random.choice(["{", "{me", "[", '"', "{a(b:["]) * random.randint(1, 3000)

    def _value(self, depth: int) -> Any:
        random = self._random
        kind = random.randrange(9 if depth else 6)
        if kind < 6:
            leaves: tuple[Any, ...] = (
                None,
                True,
                -1,
                0.5,
                10**400,
                2**63,
                "",
                "\ud800",
                "é\u0000",
                "x" * 500,
                "1",
                [],
                {},
            )
            return random.choice(leaves)
        if kind == 6:
            return [self._value(depth - 1) for _ in range(random.randrange(5))]
        if kind == 7:
            return {random.choice(["minimumAge", "name", "a", "", "\ud83d"]): self._value(depth - 1) for _ in range(3)}
        nested: Any = 1
        for _ in range(random.choice([3, 200])):
            nested = random.choice([[nested], {"a": nested}])
        return nested

    def _mutate(self, content: bytes) -> bytes:
        random = self._random
        mutated = bytearray(content)
        for _ in range(random.randint(1, 6)):
            place = random.randrange(len(mutated) + 1)
            change = random.randrange(3)
            if change == 0:
                mutated[place:place] = random.randbytes(random.randint(1, 4))
            elif change == 1:
                del mutated[place : place + random.randint(1, 8)]
            else:
                mutated[place : place + 1] = bytes([random.randrange(256)])
        return bytes(mutated)


def build_handshake() -> bytes:
    """The request that opens a socket."""
    key = base64.b64encode(b"0123456789abcdef").decode()
    lines = ("GET /graphql HTTP/1.1", "host: router.test", "connection: Upgrade", "upgrade: websocket")
    more = (f"sec-websocket-key: {key}", "sec-websocket-version: 13", "sec-websocket-protocol: graphql-transport-ws")
    return "\r\n".join([*lines, *more, "", ""]).encode()


def text_frame(payload: bytes) -> bytes:
    """A whole text message of a client."""
    return build_frame(0x81, payload)


def build_frame(head: int, payload: bytes) -> bytes:
    """A masked frame (RFC 6455 section 5.2); the mask is zero, so that the payload reads as it is."""
    length = len(payload)
    if length < 126:
        size = bytes([0x80 | length])
    elif length < 65_536:
        size = bytes([0x80 | 126]) + struct.pack("!H", length)
    else:
        size = bytes([0x80 | 127]) + struct.pack("!Q", length)
    return bytes([head]) + size + b"\0\0\0\0" + payload


def _dump(value: Any) -> bytes:
    return json.dumps(value).encode()
