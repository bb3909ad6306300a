"""A process that takes messages of one topic as a worker does.

`python -m tests.support.kafka_worker BROKER PREFIX TOPIC FILE`.
It appends each message's key and value to FILE, and ends on SIGTERM.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from entrepot.shared.environment import Environment
from entrepot.shared.events import Message
from entrepot.shared.events.bus.kafka import KafkaBus, KafkaSettings


async def work(broker: str, prefix: str, topic: str, file: Path) -> None:
    bus = await KafkaBus(
        KafkaSettings(brokers=(broker,), prefix=prefix, lag_seconds=0.5, session_seconds=6), Environment.system()
    ).open()

    async def take(message: Message) -> None:
        await asyncio.sleep(0.002)
        with file.open("a") as lines:
            lines.write(f"{message.key} {message.value.decode()}\n")

    await bus.subscribe("one", [topic], take)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    file.touch()
    await ended.wait()
    await bus.close()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4])))
