"""Several subgraphs on PostgreSQL, each with several workers: what one of them handles may race with any other."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from entrepot.shared.auth import Denylist, IdentityVerifier, Principal
from entrepot.shared.caching import MemoryCache, MemoryLimiter
from entrepot.shared.db import Database
from entrepot.shared.environment import Environment
from entrepot.shared.events import MemoryBus, MemoryFanOut, Message
from entrepot.shared.graphql import Context, IdentityPolicy
from entrepot.shared.graphql.errors import to_response
from entrepot.shared.process import Connections, SubgraphProcess
from entrepot.shared.subgraph import SubgraphDependencies
from entrepot.subgraphs.registry import load
from tests.support.postgres import DatabasesOfTests
from tests.support.subgraphs import topics

_ERRORS: Final = "errors { __typename ... on UserError { code message } }"


@dataclass
class Workers:
    """The workers of each subgraph; requests and messages go to any of them."""

    of: dict[str, list[SubgraphProcess]]
    fan_outs: dict[str, MemoryFanOut]
    chance: random.Random

    async def execute(self, name: str, document: str, principal: Principal, /, **variables: Any) -> dict[str, Any]:
        """The data of an operation of the subgraph, by any of its workers."""
        process = self.chance.choice(self.of[name])
        context: Context[Any] = Context(principal, process.transactions, self.fan_outs[name])
        result = await process.subgraph.schema.execute(document, variable_values=variables, context_value=context)
        response = to_response(result)
        assert "errors" not in response, response
        data: dict[str, Any] = response["data"]
        return data

    async def mutate(self, name: str, field: str, shown: str, principal: Principal, /, **given: Any) -> dict[str, Any]:
        """The payload of a mutation."""
        kind = f"{field[0].upper()}{field[1:]}Input"
        document = f"mutation ($input: {kind}!) {{ {field}(input: $input) {{ {shown} {_ERRORS} }} }}"
        payload: dict[str, Any] = (await self.execute(name, document, principal, input=given))[field]
        return payload


@asynccontextmanager
async def open_workers(
    databases: DatabasesOfTests, folder: Path, names: Sequence[str], count: int, chance: random.Random
) -> AsyncIterator[Workers]:
    """So many workers of each subgraph, at work on one empty database of that subgraph."""
    environment = Environment.system()
    cache, bus = MemoryCache(environment.clock), MemoryBus()
    shared = SubgraphDependencies(
        environment, cache, MemoryLimiter(environment.clock), Denylist(cache, environment.clock), folder
    )
    key = Ed25519PrivateKey.generate().public_key()
    workers: dict[str, list[SubgraphProcess]] = {}
    fan_outs: dict[str, MemoryFanOut] = {}
    for name in names:
        url, fan_outs[name] = await databases.lend(name), MemoryFanOut()
        identity = IdentityPolicy(IdentityVerifier(key, name, environment.clock))
        workers[name] = [
            SubgraphProcess(
                load(name),
                Connections(Database(url, environment.clock), bus, fan_outs[name], identity),
                shared,
                {},
            )
            for _ in range(count)
        ]

    def subscribe(processes: list[SubgraphProcess]) -> Any:
        async def receive(message: Message) -> None:
            await chance.choice(processes).consumer.receive(message)

        return receive

    for name, processes in workers.items():
        await bus.subscribe(name, tuple(topics()), subscribe(processes))
    everyone = [process for processes in workers.values() for process in processes]
    try:
        for process in everyone:
            await process.start()
        yield Workers(workers, fan_outs, chance)
    finally:
        for process in everyone:
            await process.stop()
