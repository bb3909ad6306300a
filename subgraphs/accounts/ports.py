"""What the use cases of accounts stand on beside the database."""

from __future__ import annotations

from dataclasses import dataclass

from shared.auth import Denylist
from subgraphs.accounts.attempts import Attempts
from subgraphs.accounts.config import AccountsSettings
from subgraphs.accounts.key_ring import KeyRing
from subgraphs.accounts.passwords import Passwords
from subgraphs.accounts.tokens import TokenIssuer


@dataclass(frozen=True, slots=True)
class AccountsPorts:
    """Settings, and the ways to passwords, keys, tokens and what is shared with other processes."""

    settings: AccountsSettings
    passwords: Passwords
    keys: KeyRing
    tokens: TokenIssuer
    attempts: Attempts
    denylist: Denylist
