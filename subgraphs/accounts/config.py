"""Settings of accounts."""

from __future__ import annotations

import dataclasses
from typing import Final

from entrepot.shared.errors import SettingsInvalid

DAY: Final = 86_400


@dataclasses.dataclass(frozen=True, slots=True)
class AccountsSettings:
    """Read from ENTREPOT_ACCOUNTS_*; lifetimes and intervals in seconds."""

    issuer: str = "entrepot"
    """The `iss` of access tokens."""
    audience: str = "entrepot"
    """The `aud` of access tokens."""
    access_token_lifetime: int = 600
    """How long an access token is good for; a role that was granted shows in the next one."""
    refresh_token_lifetime: int = 14 * DAY
    """How long a session lasts without being refreshed."""
    session_lifetime: int = 90 * DAY
    """How long a session lasts at most, however often it is refreshed."""
    session_retention: int = 30 * DAY
    """How long an ended session and its spent refresh tokens are kept before they are deleted."""
    prune_interval: int = 3600
    key_rotation_interval: int = 30 * DAY
    """How long a key signs before the next one takes over."""
    key_publication_lead: int = 900
    """How long a new key is published before it signs; longer than any router keeps the key set."""
    key_set_max_age: int = 300
    """How long the key set may be cached, and how often a process looks for keys that another one made."""
    argon2_time_cost: int = 2
    argon2_memory_kib: int = 19_456
    argon2_parallelism: int = 1
    password_threads: int = 4
    """How many passwords are hashed at the same time: this times the memory is what it may take."""
    attempts_by_email: int = 20
    """How many attempts with one email address are taken at once ..."""
    seconds_per_attempt: float = 30.0
    """... and how long until one more is."""
    attempts_by_address: int = 300
    """How many attempts from one address of the network (of IPv6 the first 64 bits) are taken at once ..."""
    seconds_per_attempt_by_address: float = 0.5
    """... and how long until one more is. Many people may share an address."""
    attempts_in_all: int = 300
    """How many attempts of everybody together are taken at once ..."""
    attempts_in_all_per_second: float = 50.0
    """... and how many more are each second."""
    first_admin_email: str = ""
    """Who becomes the first admin of a fresh installation; nobody when empty."""
    first_admin_password: str = ""

    def __post_init__(self) -> None:
        numbers = (field.name for field in dataclasses.fields(self) if isinstance(field.default, int | float))
        wrong = [name for name in numbers if getattr(self, name) <= 0]
        if wrong:
            raise SettingsInvalid(f"Settings of accounts must be above zero: {', '.join(wrong)}.")
        if self.key_publication_lead < self.key_set_max_age:
            raise SettingsInvalid("key_publication_lead must be at least key_set_max_age, or tokens come before keys.")
        if bool(self.first_admin_email) != bool(self.first_admin_password):
            raise SettingsInvalid("first_admin_email and first_admin_password are set together or not at all.")
