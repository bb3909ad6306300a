"""Builders for what the configuration describes: transport, token verifier, API keys, guards, identity signer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import orjson

from entrepot.router.app.tls import build_client_tls
from entrepot.router.config import AuthenticationConfig, ClientTlsConfig, IssuerConfig, RouterConfig
from entrepot.router.config.reader import STANDARD_INPUT, read_text
from entrepot.router.errors import ConfigurationInvalid
from entrepot.router.execution import HttpTransport, SubscriptionEndpoint
from entrepot.router.pipeline.authentication.api_keys import ApiKeys, parse_api_keys
from entrepot.router.pipeline.authentication.authenticator import ClaimsVerifier, IssuerVerifiers
from entrepot.router.pipeline.authentication.jwks import RemoteKeys, fetch_over_http
from entrepot.router.pipeline.authorization.policies import PolicyCheck, PolicyChecks
from entrepot.router.pipeline.guards import Guards
from entrepot.router.pipeline.instrumentation.security_log import SecurityLog
from entrepot.router.pipeline.limits.client_concurrency import ClientConcurrencyLimit
from entrepot.router.pipeline.limits.rate_limits import RateLimiter, check_rules
from entrepot.shared.auth import Denylist, IdentitySigner, KeySource, StaticKeys, TokenRules, TokenVerifier
from entrepot.shared.caching import Limiter
from entrepot.shared.clock import Clock


def build_transport(config: RouterConfig) -> HttpTransport:
    subscriptions = config.subscriptions
    return HttpTransport(
        connect_seconds=config.timeouts.connect,
        subscriptions={
            name: SubscriptionEndpoint(protocol=item.protocol, url=item.url)
            for name, item in subscriptions.subgraphs.items()
        },
        default_subscription=SubscriptionEndpoint(protocol=subscriptions.protocol),
        tls={
            name: build_client_tls(each.tls, f"traffic.subgraphs.{name}.tls")
            for name, each in config.traffic.subgraphs.items()
            if each.tls is not None
        },
        default_tls=build_client_tls(config.traffic.all.tls, "traffic.all.tls") if config.traffic.all.tls else None,
    )


def build_verifier(
    config: AuthenticationConfig, clock: Clock, denylist: Denylist | None = None
) -> ClaimsVerifier | None:
    verifiers = {
        issuer.issuer: TokenVerifier(
            TokenRules(
                issuer.issuer,
                issuer.audience,
                issuer.algorithms,
                issuer.leeway,
                issuer.token_types,
                issuer.audience_claim,
                issuer.id_claim,
                issuer.scope_claim,
                issuer.optional,
            ),
            _build_keys(issuer, config, clock),
            clock,
            denylist,
            max_known=config.max_verified_tokens,
        )
        for issuer in config.issuers
    }
    if not verifiers:
        if config.required and not (config.api_keys.keys or config.api_keys.file):
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
            return StaticKeys(orjson.loads(read_file(issuer.jwks_file)))
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigurationInvalid(f"The file {issuer.jwks_file} is no JSON Web Key Set.") from error
    assert issuer.jwks_url is not None
    tls = None
    if issuer.jwks_ca_file is not None:
        tls = build_client_tls(ClientTlsConfig(ca_file=issuer.jwks_ca_file), "authentication.issuers: jwks_ca_file")
    fetch = fetch_over_http(issuer.jwks_url, config.jwks_timeout, tls)
    return RemoteKeys(
        fetch, clock, cooldown=config.jwks_cooldown, lifetime=config.jwks_ttl, stale=config.jwks_stale_if_error
    )


def build_api_keys(config: AuthenticationConfig, clock: Clock) -> ApiKeys | None:
    keys = [*config.api_keys.keys]
    if config.api_keys.file is not None:
        keys += parse_api_keys(read_file(config.api_keys.file), config.api_keys.file)
    return ApiKeys(keys, clock) if keys else None


def build_guards(
    config: RouterConfig, security: SecurityLog, policies: Mapping[str, PolicyCheck], limiter: Limiter
) -> Guards:
    check_rules(config)
    return Guards(
        rate_limiter=RateLimiter(config.rate_limits, limiter) if config.rate_limits else None,
        policies=PolicyChecks(policies) if policies else None,
        is_costed=config.demand_control.mode != "off",
        client_concurrency=ClientConcurrencyLimit(config.limits.max_concurrent_requests_per_client, security),
        security=security,
    )


def build_signer(config: RouterConfig, clock: Clock) -> IdentitySigner | None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    path = config.identity.key_file
    if config.identity.mode != "internal" or path is None:
        return None
    try:
        key = load_pem_private_key(read_file(path), password=None)
    except (ValueError, TypeError) as error:
        raise ConfigurationInvalid(f"The file {path} holds no private key in PEM.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationInvalid(f"The key in {path} is not an Ed25519 key.")
    return IdentitySigner(key, clock)


def read_file(path: str) -> bytes:
    if Path(path) == STANDARD_INPUT:
        return read_text(STANDARD_INPUT).encode()
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ConfigurationInvalid(f"The file {path} cannot be read: {error.strerror}.") from error
