"""TLS: the certificate of the router's own server, and how it connects to other servers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerTlsConfig:
    """TLS of the router's server, 1.2 or later. The files are PEM, and read again by a hot reload."""

    cert_file: str
    """The certificate of the server, followed by those of intermediate CAs."""
    key_file: str | None = None
    """Its private key, without a passphrase; null: the key is in `cert_file`."""
    client_ca_file: str | None = None
    """The CAs of client certificates, which every client must then present (mutual TLS). Null: none is required.
    Another CA needs a restart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientTlsConfig:
    """TLS of connections to a server, 1.2 or later. The server's certificate and name are always verified."""

    ca_file: str | None = None
    """The CAs that are trusted, PEM, instead of those of the system."""
    cert_file: str | None = None
    """The client certificate for mutual TLS, PEM."""
    key_file: str | None = None
    """Its private key, PEM without a passphrase; null: the key is in `cert_file`."""
