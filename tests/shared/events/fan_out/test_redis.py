"""Live updates across processes, over a real Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from entrepot.shared.caching.redis import build_redis
from entrepot.shared.environment import Environment
from entrepot.shared.events.fan_out.redis import RedisFanOut
from tests.support.servers import free_port, serve_redis


@pytest.fixture
async def processes(tmp_path: Path) -> AsyncIterator[tuple[RedisFanOut, RedisFanOut]]:
    with serve_redis(tmp_path) as url:
        async with AsyncExitStack() as stack:
            opened = []
            for _ in range(2):
                client = build_redis(url)
                stack.push_async_callback(client.aclose)
                fan_out = await RedisFanOut(client, Environment.system(), stream=tmp_path.name).open()
                stack.push_async_callback(fan_out.close)
                opened.append(fan_out)
            await asyncio.sleep(0.2)
            yield opened[0], opened[1]


async def test_wakes_here_and_in_every_other_process(processes: tuple[RedisFanOut, RedisFanOut]) -> None:
    here, there = processes
    async with here.listen("order:1") as own, there.listen("order:1") as other, there.listen("order:2") as stranger:
        await here.notify("order:1")
        await asyncio.wait_for(asyncio.gather(own.wait(), other.wait()), 5)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(stranger.wait(), 0.1)


async def test_many_wake_ups_reach_who_listens_later(processes: tuple[RedisFanOut, RedisFanOut]) -> None:
    here, there = processes
    for number in range(200):
        async with there.listen(f"order:{number}") as listener:
            await here.notify(f"order:{number}")
            await asyncio.wait_for(listener.wait(), 5)


async def test_without_redis_this_process_is_woken_and_the_caller_told() -> None:
    client = build_redis(f"redis://127.0.0.1:{free_port()}/0")
    fan_out = RedisFanOut(client, Environment.system(), stream="away")
    async with fan_out.listen("order:1") as listener:
        with suppress(RedisError):
            await fan_out.notify("order:1")
        await asyncio.wait_for(listener.wait(), 5)
    await client.aclose()


async def test_after_an_outage_everybody_looks_again(tmp_path: Path) -> None:
    port = free_port()
    client = build_redis(f"redis://127.0.0.1:{port}/0")
    fan_out = await RedisFanOut(client, Environment.system(), stream="outage").open()
    async with fan_out.listen("order:1") as listener:
        await asyncio.sleep(0.3)
        process = await asyncio.create_subprocess_exec(
            *("redis-server", "--port", str(port), "--save", "", "--dir", str(tmp_path)),
            stdout=asyncio.subprocess.DEVNULL,
        )
        await asyncio.wait_for(listener.wait(), 15)
    await fan_out.close()
    await client.aclose()
    process.terminate()
    await process.wait()
