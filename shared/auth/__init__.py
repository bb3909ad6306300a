"""Identity: principals, access tokens, and the identity a router forwards to subgraphs."""

from entrepot.shared.auth.denylist import Denylist, RevocationUnknown
from entrepot.shared.auth.forwarding import ADDRESS_HEADER, IDENTITY_HEADER, IdentitySigner, IdentityVerifier
from entrepot.shared.auth.key_set import KeySet, KeySource, StaticKeys, VerificationKey, read_key_set
from entrepot.shared.auth.permissions import ROLES, SCOPES, expand_roles
from entrepot.shared.auth.principal import (
    ANONYMOUS,
    SYSTEM,
    Caller,
    Principal,
    read_forwarded_principal,
    read_principal,
)
from entrepot.shared.auth.tokens import TokenForged, TokenRules, TokenVerifier, read_bearer

__all__ = [
    "ADDRESS_HEADER",
    "ANONYMOUS",
    "IDENTITY_HEADER",
    "ROLES",
    "SCOPES",
    "SYSTEM",
    "Caller",
    "Denylist",
    "IdentitySigner",
    "IdentityVerifier",
    "KeySet",
    "KeySource",
    "Principal",
    "RevocationUnknown",
    "StaticKeys",
    "TokenForged",
    "TokenRules",
    "TokenVerifier",
    "VerificationKey",
    "expand_roles",
    "read_bearer",
    "read_forwarded_principal",
    "read_key_set",
    "read_principal",
]
