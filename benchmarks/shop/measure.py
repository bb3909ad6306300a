"""One shop measured from its start to its end, and the floor below it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

import orjson

from benchmarks.gateway.processes import GATEWAY_CORE, Running, pin_to, wait_until_idle
from benchmarks.shop.cases import ADD, READS, SCARCE, Shop
from benchmarks.shop.client import Connection, WrongAnswer, decode
from benchmarks.shop.contestants import Contestant, Ours
from benchmarks.shop.database import Server
from benchmarks.shop.load import Act, Sample, act_by_reads, run_load
from benchmarks.shop.report import Scarce

_WARM_UP = 0.5
_PREPARED_AT_ONCE = 16
_ROOT = __file__.rpartition("/benchmarks/")[0]


@dataclass(frozen=True)
class Effort:
    """How much is measured: the cases, seconds and connections of each run, and buyers of what is scarce."""

    cases: Sequence[str]
    seconds: float
    connections: int
    buyers: int


class Measurement:
    """The runs of one shop, whose operations are numbered through, so that no two are the same."""

    def __init__(self, contestant: Contestant, server: Server, effort: Effort) -> None:
        self._contestant, self._server, self._effort = contestant, server, effort
        self._first = 0

    async def run_round(self) -> AsyncIterator[tuple[str, Sample]]:
        """A sample of each case, of a shop that was started for them."""
        with self._contestant.run() as running:
            shop = await self._enter(running)
            for case in self._effort.cases:
                if case != SCARCE:
                    yield case, await self._sample(running, _choose_act(shop, case))

    async def sell_scarce(self) -> Scarce:
        """Many buyers who all pay at once for one variant, of which there are few."""
        sku = self._contestant.goods.scarce[0].variants[0].sku
        with self._contestant.run() as running:
            shop = await self._enter(running)
            gate = asyncio.Semaphore(_PREPARED_AT_ONCE)
            opened = [Connection(running.url) for _ in range(self._effort.buyers)]

            async def prepare(connection: Connection, number: int) -> Callable[[], Awaitable[bool]]:
                async with gate:
                    return await shop.prepare_buyer(connection, sku, number)

            buyers = await asyncio.gather(*map(prepare, opened, range(len(opened))))
            for connection in opened:
                # Vendure ends connections that are idle for some seconds, as most are by now.
                connection.close()
            results = await asyncio.gather(*(pay() for pay in buyers), return_exceptions=True)
            for connection in opened:
                connection.close()
        unexpected = [item for item in results if isinstance(item, BaseException) and not isinstance(item, WrongAnswer)]
        if unexpected:
            raise unexpected[0]
        return Scarce(len(results), results.count(True), sum(isinstance(item, WrongAnswer) for item in results))

    async def _enter(self, running: Running) -> Shop:
        shop = self._contestant.visit(running.url)
        connection = Connection(running.url)
        await shop.learn(connection)
        connection.close()
        return shop

    async def _sample(self, running: Running, act: Act) -> Sample:
        for seconds in (self._effort.seconds * _WARM_UP, self._effort.seconds):
            await asyncio.to_thread(wait_until_idle, [running])
            sample = await run_load(
                running,
                act,
                seconds=seconds,
                connections=self._effort.connections,
                first=self._first,
                count=lambda: self._server.count(self._contestant.prefix),
            )
            self._first += sample.operations + self._effort.connections
        return sample


async def measure_floors(ours: Ours, effort: Effort) -> dict[str, float]:
    """CPU in ms per read of asyncpg and orjson alone, whose responses must equal those of our shop."""
    cases = {}
    with ours.run() as running:
        shop, connection = ours.visit(running.url), Connection(running.url)
        await shop.learn(connection)
        for case in filter(READS.__contains__, effort.cases):
            cases[case] = [
                {"variables": read.variables, "data": decode((await connection.post(read.body)).body)}
                for read in shop.list_reads(case)
            ]
        connection.close()
    urls = {name: ours.find_url(name) for name in ("catalog", "inventory")}
    job = orjson.dumps({**urls, "cases": cases, "seconds": effort.seconds})
    command = [*pin_to(GATEWAY_CORE), sys.executable, "-m", "benchmarks.shop.floor"]
    done = await asyncio.to_thread(subprocess.run, command, input=job, stdout=subprocess.PIPE, cwd=_ROOT, check=False)
    if done.returncode:
        raise WrongAnswer("The responses of the floor differ from those of our shop; see above.")
    costs: dict[str, float] = orjson.loads(done.stdout)
    return costs


def _choose_act(shop: Shop, case: str) -> Act:
    if case in READS:
        return act_by_reads(shop.list_reads(case))
    return shop.add_item if case == ADD else shop.check_out
