"""The dependencies of a router that survive a reload: those it was given, its caches, and its counters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from entrepot.router.execution import SubgraphTransport
from entrepot.router.extensions import Extension
from entrepot.router.pipeline.authentication.authenticator import ClaimsVerifier
from entrepot.router.pipeline.authorization.policies import PolicyCheck
from entrepot.router.pipeline.instrumentation.security_log import SecurityLog
from entrepot.router.traffic import TrafficState
from entrepot.router.traffic.reachability import ReachabilityLog
from entrepot.router.traffic.response_cache.cache import CacheLookups
from entrepot.router.traffic.response_cache.tag_versions import TagVersions
from entrepot.router.web import ReadinessCheck
from entrepot.shared.auth import Denylist, IdentitySigner
from entrepot.shared.caching import BatchCache, Cache, Limiter
from entrepot.shared.clock import Clock
from entrepot.shared.randomness import Randomness

if TYPE_CHECKING:
    from entrepot.router.observe import Observer


@dataclass(slots=True)
class RouterDependencies:
    """Shared by all generations of one application.

    `transport`, `verifier` and `signer` are None where the configuration describes them; `denylist` is for the verifier
    that it describes. `documents` (APQ) and `response_cache` are None until a configuration enables them; `versions`
    are those of response tags, `lookups` counts hits and misses. `is_closing` says that the router is shutting down.
    `extensions` run before those of the configuration. `environ` may hold URLs of subgraphs.
    `reachability` is the log of subgraphs that cannot be reached.
    """

    clock: Clock
    randomness: Randomness
    limiter: Limiter
    security: SecurityLog
    reachability: ReachabilityLog
    transport: SubgraphTransport | None = None
    verifier: ClaimsVerifier | None = None
    denylist: Denylist | None = None
    signer: IdentitySigner | None = None
    readiness_checks: Mapping[str, ReadinessCheck] = field(default_factory=dict)
    policies: Mapping[str, PolicyCheck] = field(default_factory=dict)
    documents: Cache | None = None
    response_cache: BatchCache | None = None
    versions: TagVersions | None = None
    lookups: CacheLookups = field(default_factory=CacheLookups)
    is_closing: bool = False
    observer: Observer | None = None
    extensions: Sequence[Extension] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    traffic: TrafficState = field(default_factory=TrafficState)
