"""Policies as Python code: asked once a request, only where an operation needs them, and refused when they fail."""

from collections.abc import Callable

from entrepot.router.config import AuthorizationConfig, RouterConfig
from entrepot.router.pipeline import RequestContext
from tests.support.asgi_client import AsgiClient
from tests.support.clock import ManualClock
from tests.support.tokens import bearer

BuildClient = Callable[..., AsgiClient]


class Payroll:
    def __init__(self, *, answer: object = True) -> None:
        self.answer = answer
        self.asked: list[str | None] = []

    async def __call__(self, context: RequestContext) -> bool:
        self.asked.append(context.request.caller.principal.user_id)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer  # type: ignore[return-value]  # what a careless policy returns is tested too


async def test_a_policy_that_holds_opens_the_field(build_client: BuildClient, clock: ManualClock) -> None:
    payroll = Payroll()
    client = build_client(policies={"payroll": payroll})
    answer = await client.query("{ me { salary } people { salary } }", headers=bearer(clock))
    assert answer.json["data"]["me"] == {"salary": 1000}
    assert payroll.asked == ["usr_1"]


async def test_it_is_not_asked_for_an_operation_that_does_not_need_it(build_client: BuildClient) -> None:
    payroll = Payroll()
    await build_client(policies={"payroll": payroll}).query("{ me { name } secret }")
    assert payroll.asked == []


async def test_it_is_not_asked_when_the_claim_says_it_already(build_client: BuildClient, clock: ManualClock) -> None:
    payroll = Payroll(answer=False)
    client = build_client(policies={"payroll": payroll})
    answer = await client.query("{ me { salary } }", headers=bearer(clock, policies=["payroll"]))
    assert answer.json == {"data": {"me": {"salary": 1000}}}
    assert payroll.asked == []


async def test_each_request_is_decided_by_itself(build_client: BuildClient) -> None:
    payroll = Payroll()
    client = build_client(policies={"payroll": payroll})
    assert "errors" not in (await client.query("{ me { salary } }")).json
    payroll.answer = False
    assert (await client.query("{ me { salary } }")).codes == ["UNAUTHORIZED_FIELD_OR_TYPE"]
    assert len(payroll.asked) == 2


async def test_a_policy_that_fails_or_does_not_answer_yes_does_not_hold(build_client: BuildClient) -> None:
    for answer in (RuntimeError("down"), False, None, "yes"):
        client = build_client(policies={"payroll": Payroll(answer=answer)})
        assert (await client.query("{ me { salary } }")).codes == ["UNAUTHORIZED_FIELD_OR_TYPE"]


async def test_reject_mode_refuses_whole_and_is_noted(build_client: BuildClient) -> None:
    config = RouterConfig(authorization=AuthorizationConfig(mode="reject"))
    client = build_client(config, policies={"payroll": Payroll(answer=False)})
    assert (await client.query("{ me { salary } }")).status == 403
    assert client.app.security.counts["permission_refused", "UNAUTHORIZED_FIELD_OR_TYPE"] == 1
