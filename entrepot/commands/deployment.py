"""What is done once before the processes of the distributed shop start: databases, tables, topics, keys, demo data."""

from __future__ import annotations

import argparse
import asyncio
import os
from importlib import import_module
from pathlib import Path
from typing import Final

from aiokafka.errors import KafkaError
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from entrepot.demo.preparing import ProgressLines
from entrepot.demo.write import write_demo_data
from entrepot.shared.config import read_settings
from entrepot.shared.db import Database, migrate
from entrepot.shared.environment import Environment
from entrepot.shared.errors import SettingsInvalid
from entrepot.shared.events import KERNEL
from entrepot.shared.events.bus.kafka import KafkaBus, KafkaSettings
from entrepot.shared.events.bus.topics import Topic, list_topics
from entrepot.shared.telemetry import configure_logging
from entrepot.subgraphs.registry import SUBGRAPHS, load
from entrepot.wiring.databases import create_databases, named
from entrepot.wiring.distributed import BusUnavailable, DistributedShop
from entrepot.wiring.distributed_settings import KafkaSection, read_distributed, require_kafka

_OTHER_CONTRACTS: Final = ("dead_letters", "snapshots")


def run_databases(arguments: argparse.Namespace) -> int:
    """Create a database and a role for each subgraph; leave alone what is there."""
    names = _read_names(arguments)
    urls = read_distributed(os.environ, names).urls
    admin = os.environ.get("ENTREPOT_ADMIN_URL", "")
    if not admin:
        raise SettingsInvalid("ENTREPOT_ADMIN_URL is not set: name the server as one who may create roles.")
    for line in asyncio.run(create_databases(admin, urls)):
        print(line)
    return 0


def run_migrate(arguments: argparse.Namespace) -> int:
    """Bring the tables of each subgraph to the newest revision, one process at a time, forward only."""
    for name in _read_names(arguments):
        asyncio.run(_migrate(name))
        print(f"{name}: its tables are at the newest revision.")
    return 0


def run_topics(_arguments: argparse.Namespace) -> int:
    """Create the topics of all contracts; leave alone those that are there."""
    section = read_settings(KafkaSection, os.environ, "ENTREPOT_KAFKA")
    for topic in asyncio.run(_create_topics(section)):
        print(f"{topic.name}: {topic.partitions} partitions")
    return 0


def run_seed(arguments: argparse.Namespace) -> int:
    """Put the demo data in; safe to run twice. Past orders need all subgraphs: some get the few products alone."""
    names = _read_names(arguments)
    if not read_distributed(os.environ, names).shop.demo:
        if arguments.if_demo:
            print("No demo data: ENTREPOT_SHOP_DEMO is not true.")
            return 0
        raise SettingsInvalid(
            "Demo data brings logins whose passwords everybody knows. Set ENTREPOT_SHOP_DEMO=true where that is meant."
        )
    configure_logging(json=False, level="WARNING")
    asyncio.run(_seed(names))
    return 0


def run_keys(arguments: argparse.Namespace) -> int:
    """Make the pair of keys by which routers tell subgraphs who is calling, unless it is there."""
    private, public = arguments.private, arguments.public
    if not private.exists():
        key = Ed25519PrivateKey.generate()
        _write(private, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
        _write(public, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), 0o644)
    print(f"{private} and {public} are there.")
    return 0


def _read_names(arguments: argparse.Namespace) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(arguments.names)) or SUBGRAPHS
    unknown = [name for name in names if name not in SUBGRAPHS]
    if unknown:
        raise SettingsInvalid(f"There is no subgraph {unknown[0]!r}; there are {', '.join(SUBGRAPHS)}.")
    return names


async def _migrate(name: str) -> None:
    settings = read_distributed(os.environ, [name])
    database = Database(
        settings.urls[name], Environment.system().clock, settings.connections, application="entrepot-migrate"
    )
    subgraph = load(name)
    try:
        with named(database.url):
            await migrate(database, subgraph.migrations, [subgraph.metadata, KERNEL])
    finally:
        await database.dispose()


async def _create_topics(section: KafkaSection) -> tuple[Topic, ...]:
    for name in (*SUBGRAPHS, *_OTHER_CONTRACTS):
        import_module(f"entrepot.shared.events.contracts.{name}")
    topics = list_topics(section.partitions)
    settings = KafkaSettings(
        brokers=require_kafka(section),
        prefix=section.prefix,
        replication=section.replication,
        security=section.build_security(),
    )
    try:
        await KafkaBus(settings, Environment.system()).create_topics(topics)
    except KafkaError as error:
        raise BusUnavailable(f"Kafka at {', '.join(section.brokers)} does not create topics: {error}") from error
    return topics


async def _seed(names: tuple[str, ...]) -> None:
    shop = DistributedShop(names, os.environ)
    try:
        if set(names) == set(SUBGRAPHS) and shop.settings.shop.demo_size == "whole":
            tell = ProgressLines(shop.environment.clock, print)
            await write_demo_data(shop.processes, shop.environment.clock.now(), tell, is_alone=False)
        for name, process in shop.processes.items():
            await process.seed()
            print(f"{name}: the demo data is there.")
    finally:
        await shop.close()


def _write(path: Path, content: bytes, mode: int) -> None:
    """The whole file or none: a reader may be waiting for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.touch(mode=mode)
    part.write_bytes(content)
    part.replace(path)
