"""The bus between processes: Apache Kafka, with an idempotent producer and a consumer group a subgraph."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

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
from entrepot.shared.events.bus.bus import Message, MessageRejected, Receiver
from entrepot.shared.events.bus.kafka_group import KafkaGroup
from entrepot.shared.events.bus.kafka_security import KafkaSecurity
from entrepot.shared.events.bus.topics import Topic
from entrepot.shared.telemetry import get_logger

_log: Final = get_logger(__name__)
_NO_ERROR: Final = 0
_FOR_EVER: Final = -1
_REFUSALS: Final = (MessageSizeTooLargeError, InvalidTopicError)


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaSettings:
    """Where the brokers are, and how they are used.

    `client_id` names this process in the brokers' logs and quotas; `prefix` stands before each group's name, so that
    several shops may share brokers. `replication` is that of topics created here. Who has not been heard of for
    `session_seconds` is taken for dead, and its partitions are given to others.
    """

    brokers: tuple[str, ...]
    client_id: str = "entrepot"
    prefix: str = "entrepot"
    replication: int = 1
    request_seconds: float = 20.0
    session_seconds: float = 6.0
    security: KafkaSecurity = field(default_factory=KafkaSecurity)


class KafkaBus:
    """Sends and receives; `open` before use, `close` after."""

    def __init__(self, settings: KafkaSettings, environment: Environment) -> None:
        self._settings = settings
        self._environment = environment
        self._is_open = False
        self._producer: AIOKafkaProducer | None = None
        self._connecting = asyncio.Lock()
        self._ending: set[asyncio.Task[None]] = set()
        self._groups: list[KafkaGroup] = []

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
            ending = asyncio.create_task(_end(producer), name="kafka:retired-producer")
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

    def _build_producer(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            bootstrap_servers=list(self._settings.brokers),
            client_id=self._settings.client_id,
            # Each message once and in order, also when an answer of the broker is lost and it is sent again.
            enable_idempotence=True,
            acks="all",
            compression_type="gzip",
            request_timeout_ms=int(self._settings.request_seconds * 1000),
            **self._settings.security.build_options(),
        )

    async def create_topics(self, topics: Iterable[Topic]) -> None:
        """Create those that are missing; the others stay as they are. Raises the KafkaError of one that was refused."""
        wanted = [
            NewTopic(
                name=topic.name,
                num_partitions=topic.partitions,
                replication_factor=self._settings.replication,
                topic_configs={"retention.ms": str(_FOR_EVER if topic.retention is None else topic.retention * 1000)},
            )
            for topic in topics
        ]
        admin = AIOKafkaAdminClient(
            bootstrap_servers=list(self._settings.brokers),
            client_id=self._settings.client_id,
            **self._settings.security.build_options(),
        )
        await admin.start()
        try:
            answer = await admin.create_topics(wanted)
        finally:
            await admin.close()
        for name, code, *_ in answer.topic_errors:
            if code not in (_NO_ERROR, TopicAlreadyExistsError.errno):
                raise for_code(code)(f"Topic {name} cannot be created.")

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
        self._groups.append(joined)
        await joined.start(topics)

    def lag(self) -> dict[tuple[str, str, int], int]:
        """Messages still to be dealt with, by group, topic and partition, as far as this process is assigned them."""
        return {(group.name, *partition): count for group in self._groups for partition, count in group.lag().items()}

    async def close(self) -> None:
        await asyncio.gather(*(group.stop() for group in self._groups))
        self._groups.clear()
        self._is_open = False
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None
        for ending in self._ending:
            ending.cancel()
        await asyncio.gather(*self._ending, return_exceptions=True)


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
    try:
        await producer.stop()
    except KafkaError:
        _log.exception("kafka.producer_not_ended")
