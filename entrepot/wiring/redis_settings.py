"""Settings of Redis, the same for subgraphs, workers and routers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from entrepot.shared.caching.redis_login import RedisLogin
from entrepot.shared.tls import build_client_context


@dataclass(frozen=True, slots=True)
class RedisSection:
    """Read from ENTREPOT_REDIS_*.

    `denylist_on_failure` decides about tokens while the denylist cannot be read: `fail_closed` rejects them,
    `fail_open` accepts them. With `response_cache`, routers share their response caches in Redis, and workers
    invalidate entries.

    `password` (and `username`) may stand in the URL as well. With `rediss://` the certificate and name of the server
    are verified by the CAs of the system and those in `ca_file` (PEM); `cert_file` and `key_file` are the client
    certificate.
    """

    url: str = ""
    prefix: str = "entrepot"
    denylist_on_failure: Literal["fail_closed", "fail_open"] = "fail_closed"
    response_cache: bool = False
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""

    def __post_init__(self) -> None:
        if self.ca_file or self.cert_file or self.key_file:
            if not self.url.startswith("rediss://"):
                raise ValueError(
                    "ENTREPOT_REDIS_CA_FILE, _CERT_FILE and _KEY_FILE are for TLS, and ENTREPOT_REDIS_URL does not "
                    "begin with rediss://. Write rediss://, or unset them."
                )
            build_client_context(
                ca_file=self.ca_file or None, cert_file=self.cert_file or None, key_file=self.key_file or None
            )

    @property
    def login(self) -> RedisLogin:
        """How the server is reached at `url`."""
        return RedisLogin(
            username=self.username or None,
            password=self.password or None,
            ca_file=self.ca_file or None,
            cert_file=self.cert_file or None,
            key_file=self.key_file or None,
        )

    @property
    def response_cache_prefix(self) -> str:
        """The prefix of keys of the response cache."""
        return f"{self.prefix}:response-cache"
