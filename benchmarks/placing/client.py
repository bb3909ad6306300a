"""`python client.py MODE URL FIRST COUNT CLIENTS`, in the folder of a checkout: one process of clients.

`prepare` makes the tables and the carts. `place` places orders: it says `ready`, begins when it is sent a line, and
prints its figures as JSON. It names nothing that a checkout since 7e772ac does not have.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path.cwd()))

from tests.subgraphs.orders.test_placement import ADDRESS, PLACE, cart_changed
from tests.support.subgraphs import customer, open_subgraph

_TAKES_METHOD = "paymentMethodId" in (Path.cwd() / "schema" / "subgraphs" / "orders.graphql").read_text()
"""Since payment tokens go to payments alone, an order names a payment method."""
_PAYMENT = {"paymentMethodId": "pmt_1"} if _TAKES_METHOD else {"paymentToken": "tok_visa"}


async def main(mode: str, url: str, first: int, count: int, clients: int) -> None:
    """Prepare, or place `count` orders from so many clients at once."""
    environ = {"ENTREPOT_ORDERS_CART_WAIT": "0"}
    with tempfile.TemporaryDirectory() as folder:
        async with open_subgraph("orders", Path(folder), environ=environ, url=url) as subgraph:
            _use_system(subgraph)
            if mode == "prepare":
                for number in range(first, first + count):
                    await subgraph.receive(cart_changed(cart_id=f"crt_{number}", owner_id=customer(number).user_id))
                return
            numbering = [asyncio.create_task(_work(subgraph, job)) for job in subgraph.process.subgraph.jobs]
            print("ready", flush=True)
            await asyncio.to_thread(sys.stdin.readline)
            print(json.dumps(await _place(subgraph, iter(range(first, first + count)), clients)), flush=True)
            for task in numbering:
                task.cancel()
            await asyncio.gather(*numbering, return_exceptions=True)


def _use_system(subgraph: Any) -> None:
    """Real time and ids: a test's own are the same in every process."""
    for attribute, value in list(vars(subgraph.transactions).items()):
        # By what it holds: its name differs between checkouts.
        if hasattr(value, "clock") and hasattr(value, "ids"):
            setattr(subgraph.transactions, attribute, type(value).system())


async def _work(subgraph: Any, job: Any) -> None:
    """Do the job as a worker does: when it is woken, and once in its interval."""
    async with subgraph.fan_out.listen(job.channel) as listener:
        while True:
            if not await job.run(subgraph.transactions):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(listener.wait(), job.interval)


async def _place(subgraph: Any, numbers: Any, clients: int) -> dict[str, float]:
    latencies: list[float] = []

    async def place() -> None:
        for number in numbers:
            given = {
                "cartId": f"crt_{number}",
                "expectedRevision": 1,
                **_PAYMENT,
                "shippingAddress": ADDRESS,
                "idempotencyKey": f"k{number}",
            }
            begun = time.perf_counter()
            response = await subgraph.execute(PLACE, customer(number, "orders:create"), input=given)
            latencies.append(time.perf_counter() - begun)
            if not (response.get("data") or {}).get("placeOrder", {}).get("order"):
                raise RuntimeError(f"Order {number} was not placed: {response}")

    cpu, begun = time.process_time(), time.perf_counter()
    await asyncio.gather(*(place() for _ in range(clients)))
    seconds = time.perf_counter() - begun
    latencies.sort()
    p50 = latencies[len(latencies) // 2] if latencies else 0.0
    return {"seconds": seconds, "cpu": time.process_time() - cpu, "p50": p50}


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])))
