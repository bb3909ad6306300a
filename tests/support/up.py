"""`entrepot up` as a process of its own, and the shop that it runs as tests see it: the graph behind HAProxy."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from entrepot.native import read_compose_file, read_environment_file
from entrepot.native.programs import PROGRAMS
from entrepot.shared.events.event import topic_of
from entrepot.shared.events.outbox.outbox import Progress
from entrepot.shared.process import SubgraphProcess
from entrepot.subgraphs.registry import SUBGRAPHS
from entrepot.wiring.distributed import DistributedShop
from tests.support.clients import GraphQLClient
from tests.support.mesh import CHEAP, Shop
from tests.support.tree import ROOT

_PATIENCE = 240.0
_READY = "The graph is at"
_COMPOSE = ROOT / "docker-compose.yml"
_QUICK = {
    "ENTREPOT_SHOP_DEMO": "true",
    "ENTREPOT_SHOP_DEMO_SIZE": "few",
    "ENTREPOT_SERVER_LOG_LEVEL": "WARNING",
    "ENTREPOT_KAFKA_PARTITIONS": "3",
    "ENTREPOT_PAYMENTS_LEASE": "0.5",
    "ENTREPOT_PAYMENTS_RETRY_BASE": "0.05",
    "POSTGRES_FSYNC": "off",
    "ROUTER_QUERY_PLANS": "on",
}


@dataclass
class UpProcess:
    """Everything that docker-compose.yml describes, running; `variables` are those that it was started with."""

    process: subprocess.Popen[str]
    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    @property
    def graph_url(self) -> str:
        return f"http://127.0.0.1:{self.variables['HAPROXY_PORT']}/graphql"

    def process_of(self, service: str) -> int:
        """The number of its process; raises FileNotFoundError while there is none."""
        return int((self.folder / "processes" / service).read_text())

    def environment_of(self, service: str) -> dict[str, str]:
        """What a service is told, as it is on this machine."""
        found = read_compose_file(_COMPOSE, _COMPOSE.read_text(), self.variables).services[service]
        volumes = {mount.target: self.folder / "volumes" / mount.source for mount in found.mounts if mount.is_volume}
        moved = {key: str(volumes[value]) for key, value in found.environment.items() if value in volumes}
        return {**found.environment, **moved}


@contextmanager
def run_up(*options: str, environ: Mapping[str, str] | None = None) -> Iterator[UpProcess]:
    """`entrepot up` on free ports with demo data; skips the test, with the remedy, when a program is missing."""
    missing = [program.package for program in PROGRAMS.values() if program.find() is None]
    if missing:
        pytest.skip(f"needs programs that are not installed: apt-get install {' '.join(missing)}")
    # Below a folder that PostgreSQL's own user may pass, which those of pytest are not.
    folder = Path(tempfile.mkdtemp(prefix="entrepot-up-"))
    folder.chmod(0o755)
    command = [sys.executable, "-m", "entrepot.cli", "up", "--free-ports", "--data", str(folder), *options]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **CHEAP, **_QUICK, **(environ or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    up = UpProcess(process, folder)
    is_ready = threading.Event()
    reading = threading.Thread(target=_read, args=(up, is_ready))
    reading.start()
    try:
        is_ready.wait(_PATIENCE)
        assert any(line.startswith(_READY) for line in up.lines), "\n".join(up.lines)
        up.variables = read_environment_file(folder / "variables.env")
        yield up
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        reading.join()
        assert process.stdout is not None
        process.stdout.close()
        shutil.rmtree(folder)


@asynccontextmanager
async def visit(up: UpProcess) -> AsyncIterator[Shop]:
    """The running shop: its graph through HAProxy, and a look at its databases that no client has."""
    observed = ObservedShop(up)
    try:
        async with aiohttp.ClientSession() as session:
            accounts = up.variables["SUBGRAPH_ACCOUNTS_PORT"]
            shop = Shop(observed, GraphQLClient(session, up.graph_url), f"http://127.0.0.1:{accounts}")
            await observed.wait_until_idle()
            yield shop
    finally:
        await observed.close()


class ObservedShop:
    """A `RunningShop` whose processes are elsewhere: these have its databases and its ports, and do not work."""

    def __init__(self, up: UpProcess) -> None:
        self._up = up
        self._parts = {name: DistributedShop([name], up.environment_of(f"worker-{name}")) for name in SUBGRAPHS}
        self.processes: dict[str, SubgraphProcess] = {name: part.processes[name] for name, part in self._parts.items()}
        self.brokers = self._parts[SUBGRAPHS[0]].settings.kafka.brokers

    async def wait_until_idle(self) -> None:
        """Return when all that was announced is sent, and all that was sent has been dealt with.

        Whoever deals with an event may announce others: it has settled when nothing was announced while the groups
        were asked how far they are.
        """
        async with asyncio.timeout(_PATIENCE):
            while True:
                before = await self._read_progress()
                is_sent = not any(progress.undelivered for progress in before)
                if is_sent and not await self._lag() and before == await self._read_progress():
                    return
                await asyncio.sleep(0.1)

    async def close(self) -> None:
        for part in self._parts.values():
            await part.close()

    async def _read_progress(self) -> Sequence[Progress]:
        return [await process.read_progress() for process in self.processes.values()]

    async def _lag(self) -> int:
        """Messages that are sent, and that the groups have not committed to have dealt with."""
        admin = AIOKafkaAdminClient(bootstrap_servers=list(self.brokers))
        consumer = AIOKafkaConsumer(bootstrap_servers=list(self.brokers))
        await asyncio.gather(admin.start(), consumer.start())
        try:
            lags = [await self._lag_of(name, admin, consumer) for name in SUBGRAPHS]
        finally:
            await asyncio.gather(admin.close(), consumer.stop())
        return sum(lags)

    async def _lag_of(self, name: str, admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer) -> int:
        topics = {topic_of(contract.TYPE) for contract in self.processes[name].subgraph.handlers}
        partitions = [
            TopicPartition(description["topic"], partition["partition"])
            for description in await admin.describe_topics(sorted(topics))
            for partition in description["partitions"]
        ]
        if not partitions:
            return 0
        done = await admin.list_consumer_group_offsets(f"entrepot.{name}", partitions=partitions)
        ends = await consumer.end_offsets(partitions)
        return sum(ends[each] - max(0, done[each].offset) for each in partitions)


def _read(up: UpProcess, is_ready: threading.Event) -> None:
    assert up.process.stdout is not None
    for line in up.process.stdout:
        up.lines.append(line.rstrip("\n"))
        if line.startswith(_READY):
            is_ready.set()
    is_ready.set()
