"""How a Redis server is reached, besides its URL: login, CA and client certificate."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Any, Final

_TLS: Final = "rediss://"


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisLogin:
    """What the URL says takes precedence. The files are for `rediss://`."""

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None

    def build_options(self, url: str) -> dict[str, Any]:
        """The options of a client for the URL."""
        options: dict[str, Any] = {"username": self.username, "password": self.password}
        if url.startswith(_TLS):
            options |= {
                "ssl_ca_certs": self.ca_file,
                "ssl_certfile": self.cert_file,
                "ssl_keyfile": self.key_file or self.cert_file,
                "ssl_check_hostname": True,
                "ssl_min_version": ssl.TLSVersion.TLSv1_2,
            }
        return options
