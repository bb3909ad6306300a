"""The timings that an answer shows to those who may see its plan."""

from collections.abc import Callable

from entrepot.router.config import QueryPlanConfig, RouterConfig
from entrepot.shared.clock import SystemClock
from tests.support.asgi_client import AsgiClient

SHOWN = RouterConfig(query_plan=QueryPlanConfig(expose="on"))
INCLUDE = {"entrepot-query-plan": "include"}
QUERY = "{ me { name notes { text } } }"


async def test_stages_and_fetches_lie_within_the_request(build_client: Callable[..., AsgiClient]) -> None:
    answer = await build_client(SHOWN, clock=SystemClock()).query(QUERY, headers=INCLUDE)
    timings, fetches = answer.json["extensions"]["timings"], answer.json["extensions"]["fetches"]
    stages = timings["stages"]
    assert [each["stage"] for each in stages] == ["parse", "check_limits", "validate", "normalize", "plan"]
    assert [each["subgraph"] for each in fetches] == ["people", "notes"]
    ends = 0.0
    for each in [*stages, *fetches]:
        assert each["start"] >= ends - 0.002
        ends = each["start"] + each["milliseconds"]
    assert 0 < ends <= timings["milliseconds"] + 0.002


async def test_what_was_found_done_is_not_told(build_client: Callable[..., AsgiClient]) -> None:
    client = build_client(SHOWN)
    await client.query(QUERY)
    answer = await client.query(QUERY, headers=INCLUDE)
    assert answer.json["extensions"]["timings"]["stages"] == []


async def test_nobody_else_sees_them(build_client: Callable[..., AsgiClient]) -> None:
    answer = await build_client().query(QUERY, headers=INCLUDE)
    assert list(answer.json["extensions"]) == ["queryPlanHidden"]
