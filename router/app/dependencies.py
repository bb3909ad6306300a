"""What outlives a change of supergraph or configuration: what the application was given, and what it counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from entrepot.router.execution import SubgraphTransport
from entrepot.router.extensions import Extension
from entrepot.router.pipeline.authentication.authenticator import ClaimsVerifier
from entrepot.router.pipeline.authorization.policies import PolicyCheck
from entrepot.router.pipeline.instrumentation.security_log import SecurityLog
from entrepot.router.traffic import TrafficMemory
from entrepot.router.traffic.response_cache.cache import Lookups
from entrepot.router.traffic.response_cache.tag_versions import TagVersions
from entrepot.router.web import ReadinessCheck
from entrepot.shared.auth import Denylist, IdentitySigner
from entrepot.shared.caching import BatchCache, Cache, Limiter
from entrepot.shared.clock import Clock
from entrepot.shared.randomness import Randomness

if TYPE_CHECKING:
    from entrepot.router.observe import Observer


@dataclass(slots=True)
class Facilities:
    """Shared by all generations of one application.

    `transport`, `verifier` and `signer` are None where the configuration describes them; `denylist` is asked by the
    verifier that it describes; `documents` and `answers` are caches that are None until a configuration asks for them,
    `versions` are those of the tags of answers, and `lookups` counts what was found. `is_closing` says that nothing new
    is to come. `extensions` come before those that a configuration names. `environ` may say where subgraphs are,
    `traffic` is what is known of them.
    """

    clock: Clock
    randomness: Randomness
    limiter: Limiter
    security: SecurityLog
    transport: SubgraphTransport | None = None
    verifier: ClaimsVerifier | None = None
    denylist: Denylist | None = None
    signer: IdentitySigner | None = None
    readiness_checks: Mapping[str, ReadinessCheck] = field(default_factory=dict)
    policies: Mapping[str, PolicyCheck] = field(default_factory=dict)
    documents: Cache | None = None
    answers: BatchCache | None = None
    versions: TagVersions | None = None
    lookups: Lookups = field(default_factory=Lookups)
    is_closing: bool = False
    observer: Observer | None = None
    extensions: Sequence[Extension] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    traffic: TrafficMemory = field(default_factory=TrafficMemory)
