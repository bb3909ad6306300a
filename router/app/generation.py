"""One configuration and one supergraph in service, with everything that is built from the two."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from entrepot.router.app.build import build_api_keys, build_guards, build_signer, build_transport, build_verifier
from entrepot.router.app.dependencies import Facilities
from entrepot.router.app.response_cache import build_answer_cache
from entrepot.router.config import RouterConfig
from entrepot.router.execution import HttpTransport
from entrepot.router.extensions import build_hooks, load_extensions
from entrepot.router.pipeline.authentication.authenticator import Authenticator, ClaimsVerifier
from entrepot.router.pipeline.cache.snapshot import build_snapshot
from entrepot.router.pipeline.cache.warm_up import HotDocument, WarmFailure, warm_snapshot
from entrepot.router.pipeline.execution.execute import Executor
from entrepot.router.pipeline.execution.request_headers import Forwarding
from entrepot.router.pipeline.execution.subgraph_urls import list_unknown_variables
from entrepot.router.pipeline.handler import RequestHandler, watch_nothing
from entrepot.router.pipeline.persisted_documents.apq import AutomaticDocuments
from entrepot.router.traffic import Deadlines, ErrorMasking, ReturnedHeaders, TrafficTransport
from entrepot.router.traffic.settings import list_unknown_subgraphs
from entrepot.router.traffic.subscription_deduplication import SharedStreams
from entrepot.router.web import build_web_app
from entrepot.router.web.asgi import Application, Receive, Scope, Send
from entrepot.router.web.streaming.active_streams import OpenStreams
from entrepot.shared.caching import MemoryCache
from entrepot.shared.telemetry import get_logger

# While a generation is built beside requests, each of the two has turns of this many seconds.
_TURN: Final = 0.0005
_log = get_logger(__name__)


@dataclass(slots=True)
class Generation:
    """Requests and streams stay with the generation that they began with; `idle` is set while it has none."""

    config: RouterConfig
    supergraph_sdl: str
    verifier: ClaimsVerifier | None
    handler: RequestHandler
    traffic: TrafficTransport
    streams: OpenStreams
    web: Application
    own_transport: HttpTransport | None
    users: int = 0
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or serve one connection to its end."""
        self.users += 1
        try:
            await self.web(scope, receive, send)
        finally:
            self.users -= 1
            if not self.users:
                self.idle.set()

    async def wait_until_idle(self) -> None:
        """Return when nobody uses the generation; called once nobody new can come."""
        while self.users:
            self.idle.clear()
            await self.idle.wait()

    async def aclose(self) -> None:
        """Close the connections to subgraphs, unless others share them."""
        self.streams.close()
        if self.own_transport is not None:
            await self.own_transport.aclose()

    def warm(self, hot: Iterable[HotDocument] = ()) -> None:
        """Plan what is registered, and `hot`; what is registered and cannot be run is in the log."""
        for failure in warm_snapshot(self.handler.snapshot, hot):
            _log_failure(failure)


def build_generation(
    config: RouterConfig, supergraph_sdl: str, facilities: Facilities, previous: Generation | None = None
) -> Generation:
    """Everything that serves the supergraph as configured; raises SupergraphInvalid and ConfigurationInvalid.

    Of the `previous` generation only what knows the keys of issuers is taken over, so that a change while an issuer is
    down refuses nobody. Needs no event loop, so that it can be built in a thread.
    """
    clock, randomness = facilities.clock, facilities.randomness
    own_transport = build_transport(config) if facilities.transport is None else None
    transport = facilities.transport or own_transport
    assert transport is not None
    shared = SharedStreams(transport, config.subscriptions.shared, clock, randomness)
    verifier = (
        facilities.verifier
        or _keep_verifier(config, previous)
        or build_verifier(config.authentication, clock, facilities.denylist)
    )
    signer = facilities.signer or build_signer(config, clock)
    snapshot = build_snapshot(supergraph_sdl, config, facilities.environ)
    traffic = TrafficTransport(
        shared,
        config.traffic,
        default_timeout=config.timeouts.subgraph,
        clock=clock,
        randomness=randomness,
        memory=facilities.traffic,
        urls=snapshot.urls,
    )
    api_keys = build_api_keys(config.authentication, clock)
    hooks = build_hooks([*facilities.extensions, *load_extensions(config.extensions)])
    observer = facilities.observer
    measured = traffic if observer is None else observer.measure(traffic)
    answers = build_answer_cache(config, snapshot.supergraph, measured, facilities)
    executor = Executor(
        measured,
        Forwarding(config.headers, config.identity, signer),
        Deadlines(config.timeouts.request),
        clock,
        ReturnedHeaders(config.headers),
        ErrorMasking(config.subgraph_errors),
        (*hooks.accompany, observer.accompany) if observer and observer.is_accompanying else hooks.accompany,
        answers,
    )
    handler = RequestHandler(
        snapshot,
        Authenticator(verifier, config.authentication, config.authorization, api_keys),
        _build_automatic_documents(config, facilities),
        executor,
        randomness,
        build_guards(config, facilities.security, facilities.policies, facilities.limiter),
        hooks,
        watch_nothing if observer is None else observer.watch,
    )
    known = [subgraph.name for subgraph in snapshot.supergraph.subgraphs.values()]
    for name in list_unknown_subgraphs(config, known):
        _log.warning("configuration.unknown_subgraph", subgraph=name, known=known)
    for name in list_unknown_variables(known, facilities.environ):
        _log.warning("configuration.unknown_subgraph", variable=name, known=known)
    streams = OpenStreams(clock)
    web = build_web_app(
        handler,
        config,
        clock,
        facilities.readiness_checks,
        streams,
        is_closing=lambda: facilities.is_closing,
        invalidate=None if answers is None or facilities.versions is None else facilities.versions.renew,
        metrics=None if observer is None or config.observability.metrics.port is not None else observer.metrics,
    )
    return Generation(config, supergraph_sdl, verifier, handler, traffic, streams, web, own_transport)


@contextmanager
def take_short_turns() -> Iterator[None]:
    """Let the interpreter switch often between threads, so that requests are not held up by one that computes."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def _keep_verifier(config: RouterConfig, previous: Generation | None) -> ClaimsVerifier | None:
    authentication = config.authentication
    if previous is None or previous.config.authentication != authentication:
        return None
    # Keys in files are read again, since that may be what has changed.
    return None if any(issuer.jwks_file for issuer in authentication.issuers) else previous.verifier


def _build_automatic_documents(config: RouterConfig, facilities: Facilities) -> AutomaticDocuments:
    remembered = config.documents.automatic
    if facilities.documents is None:
        facilities.documents = MemoryCache(facilities.clock, max_bytes=remembered.max_bytes)
    return AutomaticDocuments(facilities.documents, remembered)


def _log_failure(failure: WarmFailure) -> None:
    _log.warning(
        "document.cannot_be_run", sha256=failure.sha256, operation=failure.operation, error=failure.error.message
    )
