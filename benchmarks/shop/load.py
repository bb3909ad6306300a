"""Load over many connections: as many operations as go, each answer checked."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from benchmarks.gateway.processes import Running
from benchmarks.shop.cases import Read
from benchmarks.shop.client import Connection

Act = Callable[[Connection, int], Awaitable[None]]
"""One operation over a connection; the number tells it apart from the others."""
CountStatements = Callable[[], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of a case. Times in ms, `cpu` of the server per operation; `busy` is the share of its core it used."""

    operations: int
    rate: float
    p50: float
    p99: float
    cpu: float
    busy: float
    statements: float
    requests: float
    resident: int


async def run_load(
    server: Running, act: Act, *, seconds: float, connections: int, first: int, count: CountStatements
) -> Sample:
    """Begin operations for so long, numbered from `first`, and wait for the last; raises WrongAnswer."""
    numbers = itertools.count(first)
    opened = [Connection(server.url) for _ in range(connections)]
    latencies: list[float] = []
    statements, cpu, began = await count(), server.cpu_seconds(), time.perf_counter()

    async def work(connection: Connection) -> None:
        while (start := time.perf_counter()) < began + seconds:
            await act(connection, next(numbers))
            latencies.append(time.perf_counter() - start)

    try:
        async with asyncio.TaskGroup() as group:
            for connection in opened:
                group.create_task(work(connection))
        took, spent = time.perf_counter() - began, server.cpu_seconds() - cpu
        return Sample(
            operations=len(latencies),
            rate=len(latencies) / took,
            p50=1000 * percentile(latencies, 0.5),
            p99=1000 * percentile(latencies, 0.99),
            cpu=1000 * spent / len(latencies),
            busy=spent / took,
            statements=(await count() - statements) / len(latencies),
            requests=sum(connection.requests for connection in opened) / len(latencies),
            resident=server.resident_bytes(),
        )
    finally:
        for connection in opened:
            connection.close()


def act_by_reads(reads: Sequence[Read]) -> Act:
    """One read after the other: while there are more of them than connections, no two in flight are the same.

    A response that equals one that was checked is right.
    """
    right: dict[int, bytes] = {}

    async def act(connection: Connection, number: int) -> None:
        index = number % len(reads)
        answer = (await connection.post(reads[index].body)).body
        if right.get(index) != answer:
            reads[index].check(answer)
            right[index] = answer

    return act


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the values is."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
