"""A health check over HTTP is asked for in the process of `entrepot up`, whatever the answer."""

from __future__ import annotations

from aiohttp import web

from entrepot.native.health import find_url, is_ready


async def answer(request: web.Request) -> web.Response:
    return web.Response(status=int(request.match_info["status"]))


async def test_only_200_is_ready() -> None:
    app = web.Application()
    app.router.add_get("/{status}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        root = f"http://127.0.0.1:{runner.addresses[0][1]}"
        assert await is_ready(f"{root}/200", 2)
        assert not await is_ready(f"{root}/503", 2)
    finally:
        await runner.cleanup()
    assert not await is_ready(f"{root}/200", 2)


def test_which_checks_need_no_process() -> None:
    assert find_url(("entrepot", "health", "http://127.0.0.1:1/ready")) == "http://127.0.0.1:1/ready"
    # TLS files are options, which the command reads.
    assert find_url(("entrepot", "health", "https://127.0.0.1:1/ready")) is None
    assert find_url(("entrepot", "health", "--ca-file", "ca.pem", "https://127.0.0.1:1/ready")) is None
    assert find_url(("pg_isready", "-h", "127.0.0.1")) is None
