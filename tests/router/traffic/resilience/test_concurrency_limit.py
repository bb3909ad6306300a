"""No more requests at a time than are allowed; a bounded number waits, in order."""

import asyncio

import pytest

from entrepot.router.config import ConcurrencyLimitConfig
from entrepot.router.errors import SubgraphOverloaded, SubgraphTimedOut
from tests.support.scripted_transport import Traffic, answer, ask, settle


def build(limit: int, queue: int, timeout: float = 30) -> Traffic:
    traffic = Traffic(
        answer(), timeout=timeout, concurrency_limit=ConcurrencyLimitConfig(max_requests=limit, queue_capacity=queue)
    )
    traffic.inner.gate.clear()
    return traffic


def bodies(traffic: Traffic) -> list[bytes]:
    return [request.body for request in traffic.inner.requests]


async def test_never_more_than_the_limit_and_all_get_their_turn() -> None:
    traffic = build(3, 100)
    tasks = [traffic.start(ask(str(number).encode())) for number in range(50)]
    await settle()
    assert traffic.inner.in_flight == 3
    assert traffic.transport.report()["shop"].queued == 47
    traffic.inner.gate.set()
    await asyncio.gather(*tasks)
    assert traffic.inner.most_in_flight == 3
    assert bodies(traffic) == [str(number).encode() for number in range(50)]
    assert traffic.transport.report()["shop"].queued == 0


async def test_beyond_the_queue_they_are_refused_at_once() -> None:
    traffic = build(1, 2)
    tasks = [traffic.start(ask(str(number).encode())) for number in range(3)]
    await settle()
    with pytest.raises(SubgraphOverloaded) as raised:
        await traffic.start(ask(b"one too many"))
    assert raised.value.to_graphql()["extensions"] == {"code": "SUBGRAPH_OVERLOADED", "service": "shop"}
    traffic.inner.gate.set()
    await asyncio.gather(*tasks)
    assert b"one too many" not in bodies(traffic)


async def test_waiting_counts_against_the_timeout() -> None:
    traffic = build(1, 10, timeout=0.05)
    tasks = [traffic.start(ask(b"a")), traffic.start(ask(b"b"))]
    replies = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(reply) for reply in replies] == [SubgraphTimedOut] * 2
    # The place of the first went to the second only if that one still wanted it; now it is free.
    traffic.inner.gate.set()
    assert (await traffic.start(ask(b"c"))).status == 200


async def test_who_leaves_the_queue_takes_no_place_along() -> None:
    traffic = build(1, 10)
    tasks = [traffic.start(ask(str(number).encode())) for number in range(5)]
    await settle()
    for number in (1, 3):
        tasks[number].cancel()
    await settle()
    traffic.inner.gate.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert bodies(traffic) == [b"0", b"2", b"4"]
    assert (await traffic.start(ask(b"5"))).status == 200


async def test_who_leaves_the_queue_makes_room_in_it() -> None:
    traffic = build(1, 2)
    tasks = [traffic.start(ask(str(number).encode())) for number in range(3)]
    await settle()
    tasks[1].cancel()
    await settle()
    tasks.append(traffic.start(ask(b"3")))
    await settle()
    traffic.inner.gate.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert bodies(traffic) == [b"0", b"2", b"3"]


async def test_who_leaves_just_as_the_place_comes_hands_it_on() -> None:
    traffic = build(1, 10)
    tasks = [traffic.start(ask(str(number).encode())) for number in range(3)]
    await settle()
    tasks[0].cancel()
    await asyncio.sleep(0)
    # The place is given to the second one now, which has not run since.
    tasks[1].cancel()
    traffic.inner.gate.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (await traffic.start(ask(b"3"))).status == 200
    assert traffic.inner.in_flight == 0
