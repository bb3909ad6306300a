"""For no case of the execution suites does ours ask more of subgraphs than another gateway that is right."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from tests.support.clients import GraphQLClient
from tests.support.execution_suites import (
    GIVEN,
    Case,
    ServedSuites,
    load_own_suites,
    load_suites,
    serve_suites,
)
from tests.support.execution_suites.others import OTHERS, serve_others
from tests.support.node import need_client

SUITES = (*load_suites(), *load_own_suites())
pytestmark = [
    pytest.mark.node,
    pytest.mark.asyncio(loop_scope="module"),
]
CASES = [pytest.param(case, id=case.id) for source in SUITES for case in source.cases]
OURS = "ours"

NOT_YET: dict[str, str] = {}
"""Cases for which ours asks more than another, each with the reason; one that no longer does must be taken out."""


@dataclass(frozen=True)
class Effort:
    """Whether a gateway answered a case right, and with how many requests to subgraphs."""

    is_right: bool
    requests: int


Efforts = Mapping[str, Mapping[str, Effort]]
"""By case, then by gateway."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def efforts(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Efforts]:
    folder = tmp_path_factory.mktemp("gateways")
    installed = {name: need_client(client) for name, client in OTHERS.items()}
    async with AsyncExitStack() as stack:
        served = await stack.enter_async_context(serve_suites(SUITES, kinds=[GIVEN], lenient=frozenset(OTHERS)))
        addresses = {
            name: await stack.enter_async_context(serve_others(client, name, SUITES, served.subgraphs_url, folder))
            for name, client in installed.items()
        }
        addresses[OURS] = {source.name: f"{served.routers_url}/{GIVEN}/{source.name}" for source in SUITES}
        yield {
            case.id: {
                name: await measure(served, name, source.name, urls[source.name], case)
                for name, urls in addresses.items()
            }
            for source in SUITES
            for case in source.cases
        }


async def measure(served: ServedSuites, name: str, suite: str, url: str, case: Case) -> Effort:
    answer = await GraphQLClient(served.session, url).send(case.query)
    asker = GIVEN if name == OURS else name
    return Effort(is_right(answer, case), len(served.server.take(asker, suite).requests))


def is_right(answer: Mapping[str, Any], case: Case) -> bool:
    return answer.get("data") == case.data and (bool(answer.get("errors")) or not case.must_fail)


@pytest.mark.parametrize("case", CASES)
async def test_no_other_needs_fewer_requests(efforts: Efforts, case: Case) -> None:
    found = efforts[case.id]
    assert found[OURS].is_right
    others = [found[name].requests for name in OTHERS if found[name].is_right]
    needs_more = bool(others) and found[OURS].requests > min(others)
    assert needs_more == (case.id in NOT_YET), found


async def test_totals(efforts: Efforts, capsys: pytest.CaptureFixture[str]) -> None:
    """Over all cases that both answer right, too, ours asks no more than either."""
    lines = [f"{'gateway':8} {'right':>9} {'requests':>9}   where both are right: its requests, ours"]
    for name in (OURS, *OTHERS):
        right = [found for found in efforts.values() if found[name].is_right]
        requests = sum(found[name].requests for found in right)
        ours = sum(found[OURS].requests for found in right if found[OURS].is_right)
        lines.append(f"{name:8} {len(right):5}/{len(efforts)} {requests:9}   {requests}, {ours}")
        assert ours <= requests
    with capsys.disabled():
        print("\n" + "\n".join(lines))  # noqa: T201 - the table is what one runs this for
