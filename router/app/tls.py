"""TLS contexts of the configuration: for the router's own server, and for its connections to others."""

from __future__ import annotations

import dataclasses
import ssl
from collections.abc import Iterator

from entrepot.router.config import ClientTlsConfig, RouterConfig, ServerTlsConfig
from entrepot.router.errors import ConfigurationInvalid
from entrepot.shared.tls import TlsFilesInvalid, build_client_context, build_server_context, load_certificate


def build_client_tls(section: ClientTlsConfig, where: str) -> ssl.SSLContext:
    """Raises ConfigurationInvalid, which names the section as `where`."""
    try:
        return build_client_context(ca_file=section.ca_file, cert_file=section.cert_file, key_file=section.key_file)
    except TlsFilesInvalid as error:
        raise ConfigurationInvalid(f"{where}: {error}") from error


def build_server_tls(section: ServerTlsConfig | None) -> ssl.SSLContext | None:
    """None where TLS is off; raises ConfigurationInvalid."""
    if section is None:
        return None
    try:
        return build_server_context(section.cert_file, section.key_file, section.client_ca_file)
    except TlsFilesInvalid as error:
        raise ConfigurationInvalid(f"server.tls: {error}") from error


def renew_server_tls(context: ssl.SSLContext, section: ServerTlsConfig) -> None:
    """Show the certificate that is in the files now, from the next handshake on; raises ConfigurationInvalid."""
    # First into another context: a pair that does not fit leaves half of it behind.
    build_server_tls(section)
    load_certificate(context, section.cert_file, section.key_file)


def list_tls_files(config: RouterConfig) -> Iterator[str]:
    """Every file of a certificate, key or CA that the configuration names for TLS."""
    traffic = config.traffic
    for section in (config.server.tls, traffic.all.tls, *(each.tls for each in traffic.subgraphs.values())):
        if section is not None:
            yield from (path for path in dataclasses.astuple(section) if path is not None)
