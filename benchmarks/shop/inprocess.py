"""`python -m benchmarks.shop.inprocess FOLDER SECONDS CASE...`: the CPU of reads in a process, on SQLite.

It runs in the folder of a commit and measures the shop of that commit, whose modules may have their former names.
Prints, as JSON, CPU in ms per request by case, of the shop and of bare SQL on its tables.
"""

from __future__ import annotations

import asyncio
import importlib
import itertools
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import orjson
import uvloop

from benchmarks.shop.cases import Read
from benchmarks.shop.client import decode
from benchmarks.shop.goods import Goods, build_goods
from benchmarks.shop.ours import OurShop
from benchmarks.shop.sqlite_floor import SqliteFloor
from benchmarks.shop.stocking import ENVIRON, stock

_SHOPS: Final = ("entrepot.wiring.embedded", "entrepot.embedded")
_CONFIGS: Final = ("entrepot.commands.dev", "entrepot.dev")
_HOST, _PORT = "127.0.0.1", 4000
_CHEAP: Final = {"ENTREPOT_ACCOUNTS_ARGON2_TIME_COST": "1", "ENTREPOT_ACCOUNTS_ARGON2_MEMORY_KIB": "64"}
_WARM_UP: Final = 0.5


class GraphInProcess:
    """A `Connection` to an ASGI app of this process, for one request after the other."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def execute(self, document: str, variables: Mapping[str, Any], token: str | None = None) -> dict[str, Any]:
        return decode(await self.post(orjson.dumps({"query": document, "variables": dict(variables)}), token))

    async def post(self, body: bytes, token: str | None = None) -> bytes:
        """The body of the answer."""
        parts: list[bytes] = []
        messages = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def receive() -> dict[str, Any]:
            message = next(messages, None)
            if message is None:
                await asyncio.Event().wait()
            return message or {}

        async def send(message: Mapping[str, Any]) -> None:
            parts.append(message.get("body", b""))

        headers = [(b"content-type", b"application/json"), (b"host", b"127.0.0.1:4000")]
        if token is not None:
            headers.append((b"authorization", f"Bearer {token}".encode()))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/graphql",
            "raw_path": b"/graphql",
            "query_string": b"",
            "root_path": "",
            "headers": headers,
            "client": (_HOST, 1),
            "server": (_HOST, _PORT),
        }
        await self._app(scope, receive, send)
        return b"".join(parts)


async def measure(folder: Path, seconds: float, cases: Sequence[str], goods: Goods) -> dict[str, dict[str, float]]:
    """CPU in ms per request by case, of `shop` and `floor`; raises WrongAnswer."""
    embedded = _find(_SHOPS).EmbeddedShop(folder, environ={**ENVIRON, **_CHEAP})
    await embedded.open(_find(_CONFIGS).build_config(_HOST, _PORT, is_demo=False))
    try:
        graph = GraphInProcess(embedded.router)
        await stock(graph.execute, goods)
        shop = OurShop("", goods)
        await shop.learn(graph)  # type: ignore[arg-type]
        rename = await _find_names(graph)
        costs: dict[str, dict[str, float]] = {"shop": {}, "floor": {}}
        floor = SqliteFloor(folder)
        for case in cases:
            reads = [rename(read) for read in shop.list_reads(case)]
            for read in reads:
                answer = await graph.post(read.body)
                read.check(answer)
                floor.check(case, read.variables, decode(answer))
            await _run(graph, reads, seconds * _WARM_UP)
            costs["shop"][case] = await _run(graph, reads, seconds)
            costs["floor"][case] = floor.measure(case, [read.variables for read in reads], seconds)
        return costs
    finally:
        await embedded.close()


async def _find_names(graph: GraphInProcess) -> Callable[[Read], Read]:
    """What gives a read the names that fields have in this commit's graph."""
    found = await graph.execute('{ __type(name: "ProductPrice") { fields { name } } }', {})
    if any(field["name"] == "current" for field in found["__type"]["fields"]):
        return lambda read: read
    return lambda read: replace(read, body=read.body.replace(b"{ current {", b"{ current: amount {"))


def _find(names: Sequence[str]) -> Any:
    """The first of the modules that there is."""
    for name in names:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not name.startswith(error.name):
                raise
    raise ModuleNotFoundError(f"This commit has none of {', '.join(names)}.")


async def _run(graph: GraphInProcess, reads: Sequence[Read], seconds: float) -> float:
    until, spent = time.perf_counter() + seconds, time.process_time()
    for number in itertools.count(1):
        await graph.post(reads[number % len(reads)].body)
        if time.perf_counter() > until:
            return 1000 * (time.process_time() - spent) / number
    raise AssertionError("It counts without end.")


def _main(arguments: Sequence[str]) -> None:
    folder, seconds, *cases = arguments
    # An editable install would look for modules that another commit lacks in the folder that it was made from.
    sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in str(finder).lower()]
    run: Callable[..., dict[str, dict[str, float]]] = uvloop.run
    # What the shop prints goes elsewhere.
    output, sys.stdout = sys.stdout, sys.stderr
    costs = run(measure(Path(folder), float(seconds), cases, build_goods()))
    output.write(json.dumps(costs))


if __name__ == "__main__":
    _main(sys.argv[1:])
