"""All subgraphs of all suites behind one ASGI app, at /asker/suite/subgraph, which remembers who asked what."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.execution_suites.engine import SuiteSubgraph, Watch
from tests.support.execution_suites.model import Fixture
from tests.support.execution_suites.sdl import read_facts
from tests.support.execution_suites.sources import SuiteSource
from tests.support.execution_suites.traps import FiredTrap
from tests.support.execution_suites.truth import Truth

Message = MutableMapping[str, Any]


@dataclass
class Asked:
    """What one router asked of one suite since it was last looked at: subgraph and body of each request.

    `mutations` are the root fields of mutations, with their arguments, whichever subgraph was asked for them.
    """

    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    fired: list[FiredTrap] = field(default_factory=list)
    mutations: list[str] = field(default_factory=list)


class SuiteServer:
    """The app. `lenient` names the askers that may do what is tolerable."""

    def __init__(self, sources: Iterable[SuiteSource], *, lenient: frozenset[str] = frozenset()) -> None:
        self._subgraphs = {source.name: build_subgraphs(source) for source in sources}
        self._lenient = lenient
        self._asked: dict[tuple[str, str], Asked] = {}

    def take(self, asker: str, suite: str) -> Asked:
        """What was asked since the last time."""
        return self._asked.pop((asker, suite), None) or Asked()

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        asker, suite, subgraph = scope["path"].strip("/").split("/")
        content, more = b"", True
        while more:
            message = await receive()
            content += message.get("body", b"")
            more = message.get("more_body", False)
        body = json.loads(content)
        asked = self._asked.setdefault((asker, suite), Asked())
        asked.requests.append((subgraph, body))
        watch = Watch(subgraph, is_lenient=asker in self._lenient, mutations=asked.mutations)
        answer = self._subgraphs[suite][subgraph].answer(body, watch)
        asked.fired += watch.fired
        headers = [(b"content-type", b"application/json")]
        if watch.is_lenient:
            # Pools of other gateways do not repeat a request that meets the end of an idle connection.
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})


def build_subgraphs(source: SuiteSource) -> Mapping[str, SuiteSubgraph]:
    """The subgraphs of a suite, over its rows."""
    facts = {name: read_facts(sdl) for name, sdl in source.subgraphs.items()}
    truth = Truth(source.suite, facts.values())
    lost: dict[str, set[str]] = {name: set() for name in facts}
    for each in facts.values():
        for coordinate, described in each.fields.items():
            if described.overrides in lost:
                lost[described.overrides].add(coordinate)
    assert source.suite.subgraphs.keys() <= facts.keys(), f"{source.name} has a fixture for no subgraph"
    return {
        name: SuiteSubgraph(name, sdl, source.suite.subgraphs.get(name, Fixture()), truth, frozenset(lost[name]))
        for name, sdl in source.subgraphs.items()
    }
