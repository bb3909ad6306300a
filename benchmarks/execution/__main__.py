"""`python -m benchmarks.execution`: the breadth-first engine beside graphql-core, on one Strawberry schema.

Prints a table and, in the last line, JSON. Exit status 1 where a ratio misses its target or two answers differ.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

from graphql import DocumentNode, execute, parse, validate
from graphql.pyutils import is_awaitable

from benchmarks.execution.shapes import SCHEMA, SHAPES, Shape, build_context
from entrepot.shared.graphql.execution import Engine

ROUNDS = 7
SECONDS_PER_ROUND = 0.15


@dataclass(frozen=True)
class Measured:
    """CPU milliseconds per operation, the least of all rounds."""

    shape: str
    graphql_core: float
    ours: float
    ratio: float
    target: float


async def run_core(document: DocumentNode) -> Any:
    result: Any = execute(SCHEMA._schema, document, context_value=build_context())
    return await result if is_awaitable(result) else result


async def measure(run: Callable[[], Awaitable[Any]], count: int) -> float:
    began = time.process_time()
    for _ in range(count):
        await run()
    return (time.process_time() - began) * 1000 / count


async def compare(engine: Engine, shape: Shape) -> Measured:
    """Both engines in turns, so that what the machine does meanwhile hits both."""
    document, baseline = parse(shape.text), parse(shape.baseline or shape.text)
    operation = engine.prepare(document, None)
    assert operation is not None
    expected, found = await run_core(baseline), await engine.execute(operation, None, build_context())
    if expected.data != found.data or expected.errors or found.errors:
        raise SystemExit(f"{shape.name}: the answers differ.")

    async def ours() -> Any:
        return await engine.execute(operation, None, build_context())

    async def core() -> Any:
        return await run_core(baseline)

    counts = {run: max(1, int(SECONDS_PER_ROUND * 1000 / await measure(run, 1))) for run in (core, ours)}
    rounds = [(await measure(core, counts[core]), await measure(ours, counts[ours])) for _ in range(ROUNDS)]
    slow, quick = min(first for first, _ in rounds), min(second for _, second in rounds)
    return Measured(shape.name, round(slow, 3), round(quick, 3), round(slow / quick, 1), shape.target)


def measure_compiling() -> tuple[float, float]:
    """Milliseconds to parse and validate all operations once, and to compile them once."""
    began = time.process_time()
    documents = [parse(shape.text) for shape in SHAPES]
    for document in documents:
        validate(SCHEMA._schema, document)
    parsed = time.process_time()
    engine = Engine(SCHEMA)
    for document in documents:
        operation = engine.prepare(document, None)
        assert operation is not None
        engine.compile(operation, {})
    return (parsed - began) * 1000, (time.process_time() - parsed) * 1000


async def main() -> int:
    engine = Engine(SCHEMA)
    print(f"CPU ms per operation over 1,000 objects, least of {ROUNDS} rounds in turns\n")
    print("| operation | graphql-core | ours | times | target |")
    print("|---|---:|---:|---:|---:|")
    results = []
    for shape in SHAPES:
        result = await compare(engine, shape)
        results.append(result)
        times = f"{result.graphql_core:.2f} | {result.ours:.2f} | {result.ratio:.1f} | {result.target:g}"
        print(f"| {result.shape} | {times} |")
    checked, compiled = measure_compiling()
    print(f"\nParsing and validating all of them once: {checked:.1f} ms; compiling them once: {compiled:.1f} ms.")
    missed = [result.shape for result in results if result.ratio < result.target]
    print(json.dumps({"results": [asdict(result) for result in results], "missed": missed}))
    return 1 if missed else 0


if __name__ == "__main__":
    try:
        import uvloop
    except ImportError:
        sys.exit(asyncio.run(main()))
    sys.exit(uvloop.run(main()))
