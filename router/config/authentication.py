"""Authentication, authorization, and the identity that subgraphs receive."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from entrepot.router.config.protection import ApiKeysConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerConfig:
    """An issuer of access tokens (JWT). Set either `jwks_url` or `jwks_file`."""

    issuer: str
    """The expected claim `iss`."""
    audience: str
    """The expected claim `aud`."""
    jwks_url: str | None = None
    """The URL of the issuer's JSON Web Key Set."""
    jwks_ca_file: str | None = None
    """The CAs (PEM) that are trusted for `jwks_url`, instead of those of the system."""
    jwks_file: str | None = None
    """A file with the issuer's JSON Web Key Set."""
    algorithms: tuple[str, ...] = ("RS256",)
    """Accepted signature algorithms; asymmetric ones only."""
    leeway: float = 5.0
    """Seconds of clock skew that are tolerated."""
    token_types: tuple[str, ...] = ("at+jwt", "JWT")
    """Accepted values of the header `typ`, in any case; `JWT` accepts tokens without `typ` as well. Set `[at+jwt]` for
    an issuer that follows RFC 9068, so that its ID tokens are refused."""
    audience_claim: str = "aud"
    """The claim that names the audience, for an issuer whose access tokens have no `aud`."""
    id_claim: str = "jti"
    """The claim with the token's id, by which a token is revoked."""
    scope_claim: str = "scope"
    """The claim with the scopes, separated by spaces or as a list."""
    optional: tuple[Literal["iat", "jti", "kid"], ...] = ()
    """What the issuer's tokens may lack: `jti` (the claim of `id_claim`; such a token cannot be revoked by its id),
    `iat`, and the header `kid` (then every key of the issuer that is for the algorithm is tried)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticationConfig:
    """Authentication by access tokens (JWT) and API keys. Without issuers, tokens are ignored."""

    issuers: tuple[IssuerConfig, ...] = ()
    """The issuers whose tokens are accepted."""
    required: bool = False
    """Whether anonymous requests are refused."""
    jwks_cooldown: float = 30.0
    """The fewest seconds between two fetches of a key set because of an unknown key id."""
    jwks_ttl: float = 600.0
    """Seconds for which a key set is cached; it is refreshed in the background in the last fifth."""
    jwks_timeout: float = 5.0
    """Seconds for fetching a key set."""
    jwks_stale_if_error: float = 24 * 60 * 60.0
    """Seconds beyond `jwks_ttl` for which a key set is used while its issuer is unavailable."""
    max_verified_tokens: int = 10_000
    """The most tokens whose verified signature is remembered, until they expire."""
    api_keys: ApiKeysConfig = field(default_factory=ApiKeysConfig)
    """API keys, accepted instead of tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationConfig:
    """Authorization by `@authenticated`, `@requiresScopes` and `@policy`."""

    mode: Literal["filter", "reject"] = "filter"
    """`filter` returns null and an error for unauthorized fields, `reject` refuses the operation."""
    policies_claim: str = "policies"
    """The claim that lists the policies that hold for the caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityConfig:
    """How subgraphs learn who the caller is."""

    mode: Literal["off", "internal", "forward"] = "off"
    """`off` sends nothing, `internal` a short-lived signed token per subgraph, `forward` the client's `Authorization`
    header."""
    key_file: str | None = None
    """The Ed25519 private key (PEM) for `mode: internal`."""
