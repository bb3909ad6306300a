"""The composition root of one process of the distributed shop: some subgraphs on PostgreSQL, Kafka and Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Self

from aiokafka.errors import KafkaError
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from entrepot.router.pipeline.authentication.jwks import RemoteKeys, fetch_over_http
from entrepot.router.traffic.response_cache.tag_versions import TagVersions
from entrepot.shared.auth import Denylist, IdentityVerifier, TokenRules, TokenVerifier
from entrepot.shared.caching import MemoryLimiter
from entrepot.shared.caching.redis import RedisCache, RedisLimiter, build_redis
from entrepot.shared.db import Database
from entrepot.shared.environment import Environment
from entrepot.shared.errors import InternalError, SettingsInvalid
from entrepot.shared.events.bus.kafka import KafkaBus, KafkaSettings
from entrepot.shared.events.bus.topics import list_topics
from entrepot.shared.events.fan_out.redis import RedisFanOut
from entrepot.shared.graphql import IdentityPolicy
from entrepot.shared.process import Connections, SubgraphProcess
from entrepot.shared.subgraph import SubgraphDependencies
from entrepot.subgraphs.registry import load, load_permissions
from entrepot.wiring.distributed_settings import read_distributed, require_kafka, require_redis
from entrepot.wiring.invalidation import AnswerInvalidation
from entrepot.wiring.tracing import build_tracer

_JWKS_COOLDOWN: Final = 30.0
_JWKS_LIFETIME: Final = 600.0
_JWKS_TIMEOUT: Final = 5.0


class BusUnavailable(InternalError):
    """No broker of Kafka answers."""

    code = "BUS_UNAVAILABLE"


class DistributedShop:
    """The part of the shop that one process is; `serve` or `work`, and `close` in the end."""

    def __init__(
        self, names: Sequence[str], environ: Mapping[str, str], *, environment: Environment | None = None
    ) -> None:
        self.settings = read_distributed(environ, names)
        self.environment = environment or Environment.system()
        clock, settings = self.environment.clock, self.settings
        self._tracer = build_tracer(environ, f"entrepot-{'-'.join(names)}", self.environment.randomness)
        kafka = KafkaSettings(
            brokers=require_kafka(settings.kafka),
            client_id=f"entrepot-{'-'.join(names)}",
            prefix=settings.kafka.prefix,
            creates_topics=settings.kafka.create_topics,
            replication=settings.kafka.replication,
            min_insync_replicas=settings.kafka.min_insync_replicas,
            security=settings.kafka.build_security(),
        )
        self.bus = KafkaBus(kafka, self.environment)
        self._redis = build_redis(require_redis(settings.redis), settings.redis.login)
        prefix = settings.redis.prefix
        self.fan_out = RedisFanOut(self._redis, self.environment, stream=f"{prefix}:wake-ups")
        self._denylist = Denylist(
            RedisCache(self._redis, clock, prefix=prefix),
            clock,
            accepts_unknown=settings.redis.denylist_on_failure == "fail_open",
        )
        self._shared_dependencies = SubgraphDependencies(
            self.environment,
            RedisCache(self._redis, clock, prefix=f"{prefix}:cache"),
            RedisLimiter(self._redis, MemoryLimiter(clock), prefix=f"{prefix}:limits"),
            self._denylist,
            Path(settings.shop.folder),
            settings.shop.demo,
            load_permissions(),
        )
        self._keys: list[Ed25519PublicKey] = []
        self.processes = {name: self._build_process(name) for name in names}
        self._is_working = False

    async def serve(self) -> Self:
        """Begin to answer: live updates of other processes are heard. Kafka is not needed for that.

        Raises SettingsInvalid when nobody could be believed.
        """
        self._keys = [read_public_key(Path(path)) for path in self.settings.identity.public_keys]
        if not self._keys:
            raise SettingsInvalid(
                "ENTREPOT_IDENTITY_PUBLIC_KEYS is not set: name the file of the routers' public key, which "
                "`entrepot generate-keys` makes. Subgraphs believe those who hold its other half."
            )
        await self.fan_out.open()
        return self

    async def work(self) -> Self:
        """Begin to send, receive and do the jobs; any number of processes may.

        Topics that are missing are created. Raises BusUnavailable, and TopicsMissing where they may not be.
        """
        await self.fan_out.open()
        try:
            await self.bus.open()
            # Those of the contracts that these subgraphs publish or handle: no others are imported.
            await self.bus.ensure_topics(list_topics(self.settings.kafka.partitions))
            for process in self.processes.values():
                await process.subscribe()
            await self._invalidate_response_cache()
        except KafkaError as error:
            raise BusUnavailable(f"Kafka does not answer at {', '.join(self.settings.kafka.brokers)}.") from error
        for process in self.processes.values():
            await process.start()
        self._is_working = True
        return self

    async def close(self) -> None:
        """End in the order in which nothing that is under way misses what it needs."""
        processes = self.processes.values()
        await asyncio.gather(*(process.stop_workers() for process in processes))
        await self.bus.close()
        await self.fan_out.close()
        await asyncio.gather(*(process.stop() for process in processes))
        await self._redis.aclose()
        await asyncio.to_thread(self._tracer.close)

    def build_app(self) -> ASGIApp:
        """Each subgraph below its name, `/health/live` and `/health/ready` for the process."""
        mounts = [
            Mount(f"/{name}", app=process.build_app(self._identity_of(name), with_metrics=True))
            for name, process in self.processes.items()
        ]
        return self._build_site(mounts)

    def build_worker_app(self) -> ASGIApp:
        """Health of the worker, and the metrics of each of its subgraphs at `/<name>/metrics`."""
        metrics = [Route(f"/{name}/metrics", process.answer_metrics) for name, process in self.processes.items()]
        return self._build_site(metrics)

    def _build_site(self, routes: Sequence[BaseRoute]) -> ASGIApp:
        async def live(_request: Request) -> Response:
            return JSONResponse({"status": "live"})

        async def ready(_request: Request) -> Response:
            checks = {name: await self._is_ready(process) for name, process in self.processes.items()}
            if self._is_working:
                # Groups that belong to no subgraph, such as that of the response cache.
                consumers = self.bus.consumers()
                checks |= {name: state.is_consuming for name, state in consumers.items() if name not in checks}
            is_ready = all(checks.values())
            status = "ready" if is_ready else "not ready"
            return JSONResponse({"status": status, "checks": checks}, 200 if is_ready else 503)

        return Starlette(routes=[Route("/health/live", live), Route("/health/ready", ready), *routes])

    async def _is_ready(self, process: SubgraphProcess) -> bool:
        return (process.is_working or not self._is_working) and await process.answers()

    def _build_process(self, name: str) -> SubgraphProcess:
        settings = self.settings
        database = Database(
            settings.urls[name], self.environment.clock, settings.connections, application=f"entrepot-{name}"
        )
        connections = Connections(database, self.bus, self.fan_out, self._identity_of(name), self._tracer)
        return SubgraphProcess(load(name), connections, self._shared_dependencies, settings.own)

    async def _invalidate_response_cache(self) -> None:
        """Tell routers of what they keep in Redis and is no longer true; the workers share this out among them."""
        section = self.settings.redis
        if section.response_cache:
            cache = RedisCache(self._redis, self.environment.clock, prefix=section.response_cache_prefix)
            versions = TagVersions(cache, self.environment.randomness)
            await AnswerInvalidation(versions.invalidate, self.processes.values()).listen(self.bus)

    def _identity_of(self, name: str) -> IdentityPolicy:
        section, clock = self.settings.identity, self.environment.clock
        tokens = None
        if section.jwks_url:
            fetch = fetch_over_http(section.jwks_url, _JWKS_TIMEOUT, section.build_jwks_tls())
            keys = RemoteKeys(fetch, clock, cooldown=_JWKS_COOLDOWN, lifetime=_JWKS_LIFETIME)
            tokens = TokenVerifier(TokenRules(section.issuer, section.audience), keys, clock, self._denylist)
        return IdentityPolicy(IdentityVerifier(self._keys, name, clock), tokens)


def read_public_key(path: Path) -> Ed25519PublicKey:
    """The key in the file; raises SettingsInvalid."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise SettingsInvalid(f"The key {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise SettingsInvalid(f"The file {path} holds no public key in PEM.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise SettingsInvalid(f"The key in {path} is not an Ed25519 key.")
    return key
