"""Engines of SQLAlchemy for asyncpg, whose URLs may hold the TLS parameters of libpq (`sslmode`, `sslrootcert`)."""

from __future__ import annotations

import ssl
from typing import Any, Final

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from entrepot.shared.tls import TlsFilesInvalid, build_client_context

_MODE: Final = "sslmode"
_CA: Final = "sslrootcert"
_CERT: Final = "sslcert"
_KEY: Final = "sslkey"
_NAMES: Final = (_MODE, _CA, _CERT, _KEY)
_REFUSED: Final = ("sslpassword", "sslcrl", "sslcrldir", "sslnegotiation", "sslcompression", "sslsni")
_UNVERIFIED: Final = ("disable", "allow", "prefer", "require")
_VERIFIED: Final = ("verify-ca", "verify-full")
_OF_SYSTEM: Final = "system"


class DatabaseUrlInvalid(ValueError):
    """The TLS parameters of a URL do not fit together, or a file that they name cannot be used."""


def create_engine(url: URL, *, connect_args: dict[str, Any] | None = None, **options: Any) -> AsyncEngine:
    """An engine for the URL; `options` are those of SQLAlchemy. Raises DatabaseUrlInvalid."""
    plain, tls = split_tls(url)
    return create_async_engine(plain, connect_args={**(connect_args or {}), **tls}, **options)


def split_tls(url: URL) -> tuple[URL, dict[str, Any]]:
    """The URL without libpq's TLS parameters, and asyncpg's argument `ssl` that means the same.

    `verify-full` verifies certificate and name, `verify-ca` the certificate only, by `sslrootcert` or else the CAs of
    the system. Raises DatabaseUrlInvalid.
    """
    found = {name: str(value) for name, value in url.query.items() if name in _NAMES}
    refused = [name for name in _REFUSED if name in url.query]
    if refused:
        raise DatabaseUrlInvalid(f"{', '.join(refused)} is not supported. Take it out of the URL.")
    if not found:
        return url, {}
    if "ssl" in url.query:
        raise DatabaseUrlInvalid("ssl and sslmode are both in the URL. Keep sslmode.")
    return url.difference_update_query(_NAMES), {"ssl": _read_tls(found)}


def _read_tls(found: dict[str, str]) -> ssl.SSLContext | str | bool:
    mode, ca_file = found.get(_MODE), found.get(_CA)
    if mode is not None and mode not in (*_UNVERIFIED, *_VERIFIED):
        raise DatabaseUrlInvalid(f"sslmode={mode} is unknown. Write one of {', '.join((*_UNVERIFIED, *_VERIFIED))}.")
    if mode == "require" and ca_file is not None:
        # As libpq has it.
        mode = "verify-ca"
    if mode not in _VERIFIED:
        if len(found) > 1 or mode is None:
            raise DatabaseUrlInvalid(
                f"The URL names files for TLS, and sslmode={mode or 'prefer'} verifies nothing. Write "
                "sslmode=verify-full."
            )
        return False if mode == "disable" else mode
    try:
        context = build_client_context(
            ca_file=None if ca_file == _OF_SYSTEM else ca_file, cert_file=found.get(_CERT), key_file=found.get(_KEY)
        )
    except TlsFilesInvalid as error:
        raise DatabaseUrlInvalid(str(error)) from error
    context.check_hostname = mode == "verify-full"
    return context
