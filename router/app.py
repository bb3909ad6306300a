"""The composition root of the router alone: configuration and supergraph in, an ASGI application out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import orjson

from router.config import AuthenticationConfig, IssuerConfig, RouterConfig
from router.errors import ConfigurationInvalid
from router.execution import HttpTransport, SubgraphTransport, SubscriptionEndpoint
from router.pipeline.apq import AutomaticDocuments
from router.pipeline.authenticate import Authenticator, ClaimsVerifier, IssuerVerifiers
from router.pipeline.deadlines import Deadlines, TimedTransport
from router.pipeline.execute import Executor
from router.pipeline.forwarding import Forwarding
from router.pipeline.handle import RequestHandler
from router.pipeline.jwks import RemoteKeys, fetch_over_http
from router.pipeline.snapshot import SnapshotSource, build_snapshot
from router.web import ReadinessCheck, build_web_app
from router.web.asgi import Receive, Scope, Send
from shared.auth import IdentitySigner, KeySource, StaticKeys, TokenRules, TokenVerifier
from shared.caching import MemoryCache
from shared.clock import Clock, SystemClock
from shared.randomness import Randomness, SystemRandomness
from shared.telemetry import configure_logging

__all__ = ["RouterApp", "build_router_app", "run_router"]


class RouterApp:
    """The router as an ASGI application; it opens and closes its own transport with the lifespan."""

    def __init__(
        self,
        config: RouterConfig,
        supergraph_sdl: str,
        *,
        transport: SubgraphTransport | None,
        verifier: ClaimsVerifier | None,
        signer: IdentitySigner | None,
        clock: Clock,
        randomness: Randomness,
        readiness_checks: Mapping[str, ReadinessCheck],
    ) -> None:
        self._config = config
        self._own_transport: HttpTransport | None = None
        if transport is None:
            transport = self._own_transport = _build_transport(config)
        self.snapshots = SnapshotSource(build_snapshot(supergraph_sdl, config))
        forwarding = Forwarding(config.headers, config.identity, signer or _build_signer(config, clock))
        authenticator = Authenticator(
            verifier or _build_verifier(config.authentication, clock), config.authentication, config.authorization
        )
        timed = TimedTransport(transport, config.timeouts.subgraph)
        executor = Executor(timed, forwarding, Deadlines(config.timeouts.request), clock)
        remembered = config.documents.automatic
        automatic_documents = AutomaticDocuments(MemoryCache(clock, max_bytes=remembered.max_bytes), remembered)
        self.handler = RequestHandler(self.snapshots, authenticator, automatic_documents, executor, randomness)
        self._app = build_web_app(self.handler, config, clock, readiness_checks)

    def reload(self, supergraph_sdl: str) -> None:
        """Serve another supergraph from the next request on; raises SupergraphInvalid and changes nothing then."""
        self.snapshots.replace(build_snapshot(supergraph_sdl, self._config))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        if self._own_transport is not None:
            await self._own_transport.aclose()
        await send({"type": "lifespan.shutdown.complete"})


def build_router_app(
    config: RouterConfig,
    supergraph_sdl: str,
    *,
    transport: SubgraphTransport | None = None,
    verifier: ClaimsVerifier | None = None,
    signer: IdentitySigner | None = None,
    clock: Clock | None = None,
    randomness: Randomness | None = None,
    readiness_checks: Mapping[str, ReadinessCheck] | None = None,
) -> RouterApp:
    """The router over a supergraph, as an ASGI application.

    `transport` is the way to subgraphs; without one they are asked by HTTP, over connections that the application's
    lifespan opens and closes. `verifier` and `signer` replace what the configuration describes; `clock` and
    `randomness` the machine's. Readiness asks all `readiness_checks`, by name, each of which raises when it does not
    hold. Raises SupergraphInvalid and ConfigurationInvalid.
    """
    return RouterApp(
        config,
        supergraph_sdl,
        transport=transport,
        verifier=verifier,
        signer=signer,
        clock=clock or SystemClock(),
        randomness=randomness or SystemRandomness(),
        readiness_checks=readiness_checks or {},
    )


def run_router(config: RouterConfig) -> None:
    """Serve the supergraph file that the configuration names until the process is told to end.

    Raises ConfigurationInvalid and SupergraphInvalid before anything is served.
    """
    import uvicorn

    if config.supergraph is None:
        raise ConfigurationInvalid("Which supergraph to serve is not said. Set `supergraph` or pass --supergraph FILE.")
    server = config.server
    configure_logging(json=server.json_logs, level=server.log_level)
    app = build_router_app(config, _read_file(config.supergraph).decode())
    _tune_garbage_collection()
    uvicorn.run(
        app,
        host=server.host,
        port=server.port,
        loop="uvloop" if _has_uvloop() else "asyncio",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=config.limits.socket_message_bytes,
        lifespan="on",
        access_log=server.access_log,
        log_config=None,
        timeout_keep_alive=server.keep_alive,
        timeout_graceful_shutdown=server.graceful_shutdown,
        server_header=False,
        date_header=False,
    )


def _build_transport(config: RouterConfig) -> HttpTransport:
    subscriptions = config.subscriptions
    return HttpTransport(
        connect_seconds=config.timeouts.connect,
        subscriptions={
            name: SubscriptionEndpoint(protocol=item.protocol, url=item.url)
            for name, item in subscriptions.subgraphs.items()
        },
        default_subscription=SubscriptionEndpoint(protocol=subscriptions.protocol),
    )


def _build_verifier(config: AuthenticationConfig, clock: Clock) -> ClaimsVerifier | None:
    verifiers = {
        issuer.issuer: TokenVerifier(
            TokenRules(issuer.issuer, issuer.audience, issuer.algorithms, issuer.leeway),
            _build_keys(issuer, config, clock),
            clock,
        )
        for issuer in config.issuers
    }
    if not verifiers:
        if config.required:
            raise ConfigurationInvalid("authentication.required is set, so authentication.issuers must name one.")
        return None
    return next(iter(verifiers.values())) if len(verifiers) == 1 else IssuerVerifiers(verifiers)


def _build_keys(issuer: IssuerConfig, config: AuthenticationConfig, clock: Clock) -> KeySource:
    if any(not name.startswith(("RS", "PS", "ES", "EdDSA")) for name in issuer.algorithms):
        raise ConfigurationInvalid(f"The issuer {issuer.issuer} may use RS, PS, ES and EdDSA algorithms only.")
    if (issuer.jwks_url is None) == (issuer.jwks_file is None):
        raise ConfigurationInvalid(f"The issuer {issuer.issuer} needs either jwks_url or jwks_file.")
    if issuer.jwks_file is not None:
        try:
            return StaticKeys(orjson.loads(_read_file(issuer.jwks_file)))
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigurationInvalid(f"The file {issuer.jwks_file} is no JSON Web Key Set.") from error
    assert issuer.jwks_url is not None
    fetch = fetch_over_http(issuer.jwks_url, config.jwks_timeout)
    return RemoteKeys(fetch, clock, cooldown=config.jwks_cooldown, lifetime=config.jwks_lifetime)


def _build_signer(config: RouterConfig, clock: Clock) -> IdentitySigner | None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    path = config.identity.key_file
    if config.identity.mode != "internal" or path is None:
        return None
    try:
        key = load_pem_private_key(_read_file(path), password=None)
    except (ValueError, TypeError) as error:
        raise ConfigurationInvalid(f"The file {path} holds no private key in PEM.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationInvalid(f"The key in {path} is not an Ed25519 key.")
    return IdentitySigner(key, clock)


def _read_file(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ConfigurationInvalid(f"The file {path} cannot be read: {error.strerror}.") from error


def _tune_garbage_collection() -> None:
    """Leave the supergraph out of every collection, and collect seldom: requests leave next to no cycles behind."""
    import gc

    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def _has_uvloop() -> bool:
    from importlib.util import find_spec

    return find_spec("uvloop") is not None
