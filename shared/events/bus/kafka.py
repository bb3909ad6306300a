"""The bus between processes: Apache Kafka, with an idempotent producer and a consumer group a subgraph."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Self

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    TopicAlreadyExistsError,
    for_code,
)

from entrepot.shared.environment import Environment
from entrepot.shared.errors import InternalError
from entrepot.shared.events.bus.bus import ConsumerState, Message, MessageRejected, Receiver
from entrepot.shared.events.bus.kafka_group import KafkaGroup
from entrepot.shared.events.bus.kafka_lag import KafkaLag
from entrepot.shared.events.bus.kafka_security import KafkaSecurity
from entrepot.shared.events.bus.topics import Topic
from entrepot.shared.supervision import Supervisor
from entrepot.shared.telemetry import get_logger

_log: Final = get_logger(__name__)
_NO_ERROR: Final = 0
_FOR_EVER: Final = -1
_REFUSALS: Final = (MessageSizeTooLargeError, InvalidTopicError)


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaSettings:
    """Where the brokers are, and how they are used.

    `client_id` names this process in the brokers' logs and quotas; `prefix` stands before each group's name, so that
    several shops may share brokers. Who has not been heard of for `session_seconds` is taken for dead, and its
    partitions are given to others. Missing topics are created if `creates_topics` is set, with `replication` copies.
    `min_insync_replicas` of these must have a message before it counts as sent; 0 for two, where there are several.
    """

    brokers: tuple[str, ...]
    client_id: str = "entrepot"
    prefix: str = "entrepot"
    creates_topics: bool = True
    replication: int = 1
    min_insync_replicas: int = 0
    lag_seconds: float = 5.0
    request_seconds: float = 20.0
    session_seconds: float = 6.0
    security: KafkaSecurity = field(default_factory=KafkaSecurity)

    @property
    def required_replicas(self) -> int:
        """How many copies must have a message before it counts as sent."""
        return self.min_insync_replicas or min(2, self.replication)

    def build_options(self) -> dict[str, Any]:
        """The options of every client of aiokafka."""
        return {
            "bootstrap_servers": list(self.brokers),
            "client_id": self.client_id,
            **self.security.build_options(),
        }


class TopicsMissing(InternalError):
    """Topics that events are sent to or received from are not there, and this process may not create them."""

    code = "TOPICS_MISSING"

    def __init__(self, topics: Iterable[str], reason: str) -> None:
        super().__init__(
            f"Kafka has no topic {', '.join(sorted(topics))}, and {reason}. "
            "Run `entrepot create-topics` as a user who may create topics."
        )


class KafkaBus:
    """Sends and receives; `open` before use, `close` after."""

    def __init__(self, settings: KafkaSettings, environment: Environment) -> None:
        self._settings = settings
        self._environment = environment
        self._is_open = False
        self._producer: AIOKafkaProducer | None = None
        self._connecting = asyncio.Lock()
        self._supervisor = Supervisor("kafka", environment)
        self._groups: dict[str, KafkaGroup] = {}
        self._topics: dict[str, Topic] = {}
        self._lag = KafkaLag(
            settings.build_options(),
            environment,
            self._groups.values(),
            self._make_again,
            interval=settings.lag_seconds,
        )

    async def open(self) -> Self:
        """Connect the producer; raises what aiokafka raises when no broker answers."""
        self._is_open = True
        await self._connect()
        return self

    async def _connect(self) -> AIOKafkaProducer:
        async with self._connecting:
            if self._producer is None:
                producer = self._build_producer()
                try:
                    await producer.start()
                except BaseException:
                    await producer.stop()
                    raise
                self._producer = producer
            return self._producer

    def _retire(self, producer: AIOKafkaProducer) -> None:
        """Use another one from now on.

        Who has given a message up has lost its place in the sequence by which brokers know repetitions: it may be
        refused indefinitely. What it had under way may still arrive, and is then there twice, which inboxes know.
        """
        if self._producer is producer:
            self._producer = None
            self._supervisor.run_once("retired-producer", _end(producer))

    def _build_producer(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            # Each message once and in order, also when an answer of the broker is lost and it is sent again.
            enable_idempotence=True,
            acks="all",
            compression_type="gzip",
            request_timeout_ms=int(self._settings.request_seconds * 1000),
            **self._settings.build_options(),
        )

    async def create_topics(self, topics: Iterable[Topic]) -> None:
        """Create those that are missing; the others stay as they are. Raises the KafkaError of one that was refused."""
        settings = self._settings
        wanted = [
            NewTopic(
                name=topic.name,
                num_partitions=topic.partitions,
                replication_factor=settings.replication,
                topic_configs={
                    "retention.ms": str(_FOR_EVER if topic.retention is None else topic.retention * 1000),
                    "min.insync.replicas": str(settings.required_replicas),
                },
            )
            for topic in topics
        ]
        async with self._administer() as admin:
            answer = await admin.create_topics(wanted)
        for name, code, *_ in answer.topic_errors:
            if code not in (_NO_ERROR, TopicAlreadyExistsError.errno):
                raise for_code(code)(f"Topic {name} cannot be created.")

    async def ensure_topics(self, topics: Iterable[Topic]) -> tuple[str, ...]:
        """Create the topics that are missing, now and whenever they are missing later; the names of those created now.

        Raises TopicsMissing where they cannot be created, and KafkaError without a broker.
        """
        self._topics |= {topic.name: topic for topic in topics}
        async with self._administer() as admin:
            there = set(await admin.list_topics())
        missing = sorted(self._topics.keys() - there)
        if missing and not self._settings.creates_topics:
            raise TopicsMissing(missing, "ENTREPOT_KAFKA_CREATE_TOPICS is false")
        if missing:
            try:
                await self.create_topics([self._topics[name] for name in missing])
            except KafkaError as error:
                raise TopicsMissing(missing, f"they cannot be created ({error})") from error
            _log.warning("kafka.topics_created", topics=missing)
        return tuple(missing)

    async def _make_again(self, missing: frozenset[str]) -> None:
        known = [self._topics[name] for name in sorted(missing) if name in self._topics]
        if known and self._settings.creates_topics:
            _log.warning("kafka.topics_missing", topics=sorted(missing))
            await self.create_topics(known)

    @asynccontextmanager
    async def _administer(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(**self._settings.build_options())
        try:
            await admin.start()
            yield admin
        finally:
            await admin.close()

    async def publish(self, messages: Sequence[Message]) -> None:
        """As the protocol says; raises RuntimeError before the bus is open."""
        if not self._is_open:
            raise RuntimeError("The bus is not open.")
        producer = await self._connect()
        try:
            await _send(producer, messages)
        except _REFUSALS as error:
            raise MessageRejected(f"Kafka does not take the message: {error}") from error
        except KafkaError:
            self._retire(producer)
            raise

    async def subscribe(self, group: str, topics: Sequence[str], receiver: Receiver) -> None:
        settings = self._settings
        joined = KafkaGroup(
            f"{settings.prefix}.{group}",
            settings.brokers,
            settings.client_id,
            receiver,
            self._environment,
            session_seconds=settings.session_seconds,
            security=settings.security,
        )
        await joined.start(topics)
        self._groups[group] = joined
        self._supervisor.start(f"consumer:{group}", joined.run)
        if len(self._groups) == 1:
            self._supervisor.start("lag", self._lag.run)

    def lag(self) -> dict[tuple[str, str, int], int]:
        """As the brokers say, for all partitions of the topics; empty while they do not answer."""
        return self._lag.lag

    def consumers(self) -> dict[str, ConsumerState]:
        """A group consumes when its last poll is recent, its task runs and the brokers answer."""
        idle, is_fresh = self._supervisor.idle, self._lag.is_fresh
        return {
            name: ConsumerState(
                is_consuming=is_fresh and group.is_consuming and f"consumer:{name}" not in idle,
                poll_age=group.poll_age,
                joins=group.joins,
            )
            for name, group in self._groups.items()
        }

    async def close(self) -> None:
        self._is_open = False
        await self._supervisor.stop()
        await asyncio.gather(*(group.stop() for group in self._groups.values()))
        self._groups.clear()
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None


async def _send(producer: AIOKafkaProducer, messages: Sequence[Message]) -> None:
    """All of them; raises the first failure when the outcome of each is known."""
    sent = [
        await producer.send(message.topic, message.value, key=message.key.encode(), headers=list(message.headers))
        for message in messages
    ]
    outcomes = await asyncio.gather(*sent, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome


async def _end(producer: AIOKafkaProducer) -> None:
    await producer.stop()
