"""Identity: principals, access tokens, and the identity a router forwards to subgraphs."""

from entrepot.shared.auth.denylist import Denylist, RevocationUnknown
from entrepot.shared.auth.forwarding import ADDRESS_HEADER, IDENTITY_HEADER, IdentitySigner, IdentityVerifier
from entrepot.shared.auth.key_set import KeySet, KeySource, StaticKeys, VerificationKey, read_key_set
from entrepot.shared.auth.permissions import ADMIN, CUSTOMER, KERNEL_PERMISSIONS, Permissions, merge_permissions
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
    "ADMIN",
    "ANONYMOUS",
    "CUSTOMER",
    "IDENTITY_HEADER",
    "KERNEL_PERMISSIONS",
    "SYSTEM",
    "Caller",
    "Denylist",
    "IdentitySigner",
    "IdentityVerifier",
    "KeySet",
    "KeySource",
    "Permissions",
    "Principal",
    "RevocationUnknown",
    "StaticKeys",
    "TokenForged",
    "TokenRules",
    "TokenVerifier",
    "VerificationKey",
    "merge_permissions",
    "read_bearer",
    "read_forwarded_principal",
    "read_key_set",
    "read_principal",
]
