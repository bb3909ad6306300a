"""What the use cases of accounts stand on beside the database."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.shared.auth import Denylist, Permissions
from entrepot.subgraphs.accounts.attempts import Attempts
from entrepot.subgraphs.accounts.config import AccountsSettings
from entrepot.subgraphs.accounts.key_ring import KeyRing
from entrepot.subgraphs.accounts.passwords import Passwords
from entrepot.subgraphs.accounts.tokens import TokenIssuer


@dataclass(frozen=True, slots=True)
class AccountsDependencies:
    """Settings, and the ways to passwords, keys, tokens and what is shared with other processes."""

    settings: AccountsSettings
    passwords: Passwords
    keys: KeyRing
    tokens: TokenIssuer
    attempts: Attempts
    denylist: Denylist
    permissions: Permissions
    """Those of all subgraphs."""
