"""Strawberry subgraphs behind real servers, whose schema a test replaces while they run."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import strawberry
from strawberry.asgi import GraphQL

from tests.support.asgi_client import serve
from tests.support.tree import ROOT


@strawberry.federation.type(keys=["isbn"])
class Book:
    isbn: strawberry.ID
    title: str = "Emma"


@strawberry.type
class BookQuery:
    @strawberry.field
    def books(self) -> list[Book]:
        return [Book(isbn=strawberry.ID("1"))]


@strawberry.federation.type(name="Book", keys=["isbn"])
class RatedBook:
    isbn: strawberry.ID

    @strawberry.field
    def stars(self) -> int:
        return 5

    @classmethod
    def resolve_reference(cls, isbn: strawberry.ID) -> RatedBook:
        return cls(isbn=isbn)


@strawberry.federation.type(name="Book", keys=["isbn"])
class ReviewedBook(RatedBook):
    @strawberry.field
    def review(self) -> str:
        return "Read it."

    @classmethod
    def resolve_reference(cls, isbn: strawberry.ID) -> ReviewedBook:
        return cls(isbn=isbn)


@strawberry.federation.type(name="Book", keys=["isbn"])
class ClashingBook(RatedBook):
    title: int = 1


@strawberry.type
class PlainQuery:
    answer: int = 42


BOOKS = strawberry.federation.Schema(query=BookQuery)
RATINGS = strawberry.federation.Schema(types=[RatedBook])
REVIEWS = strawberry.federation.Schema(types=[ReviewedBook])
PLAIN = strawberry.Schema(query=PlainQuery)
"""One that knows nothing of federation."""
CLASHING = strawberry.federation.Schema(types=[ClashingBook])


@dataclass
class RunningSubgraph:
    """An ASGI app of the schema that it has at the moment, and the headers of its requests."""

    schema: Any
    requests: list[dict[str, str]] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for _ in range(2):
                message = await receive()
                await send({"type": f"{message['type']}.complete"})
            return
        self.requests.append({key.decode(): value.decode() for key, value in scope.get("headers", ())})
        await GraphQL(self.schema)(scope, receive, send)


@asynccontextmanager
async def serve_books() -> AsyncIterator[tuple[RunningSubgraph, RunningSubgraph, str, str]]:
    """The subgraph of books and that of ratings, and their URLs."""
    books, ratings = RunningSubgraph(BOOKS), RunningSubgraph(RATINGS)
    async with serve(books) as first, serve(ratings) as second:
        yield books, ratings, f"http://{first}/graphql", f"http://{second}/graphql"


@dataclass
class Command:
    """`entrepot` as a process, and what it said so far, a line each, on both streams."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)

    async def wait_for(self, text: str, times: int = 1, seconds: float = 60) -> str:
        """The line that holds the text, as soon as there are so many."""
        async with asyncio.timeout(seconds):
            while len(found := [line for line in self.lines if text in line]) < times:
                assert self.process.returncode is None or not self.process.stdout, "\n".join(self.lines)
                await asyncio.sleep(0.02)
        return found[times - 1]

    @property
    def said(self) -> str:
        return "\n".join(self.lines)


@asynccontextmanager
async def run_command(*words: str, **options: Any) -> AsyncIterator[Command]:
    """A command that runs until the block ends at the latest."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "entrepot",
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=ROOT,
        **options,
    )
    command = Command(process)
    reading = asyncio.create_task(_read(process, command.lines))
    try:
        yield command
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await reading


async def _read(process: asyncio.subprocess.Process, lines: list[str]) -> None:
    assert process.stdout is not None
    async for line in process.stdout:
        lines.append(line.decode().rstrip("\n"))  # noqa: PERF401 - others read the list meanwhile
