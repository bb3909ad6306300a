"""The `Host` of a request: exactly one (RFC 9112 section 3.2), of the allowed names where they are set."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from entrepot.router.errors import BadRequest, HostRefused


def check_host(version: str, headers: Iterable[tuple[bytes, bytes]], allowed: Collection[str]) -> None:
    """Raise BadRequest for no host or several, HostRefused for one that is not allowed; empty allows every name."""
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) > 1 or (not hosts and version != "1.0"):
        raise BadRequest("A request names exactly one host. Send one Host header.")
    if allowed and (not hosts or read_name(hosts[0].decode("latin-1")) not in allowed):
        raise HostRefused("The server does not answer for this host name. Use a name in server.allowed_hosts.")


def read_name(host: str) -> str:
    """The name or address in a `Host`, without its port, in lower case."""
    name, _, port = host.strip().rpartition(":")
    is_port = bool(name) and (port.isdecimal() or not port) and (":" not in name or name.endswith("]"))
    return (name if is_port else host.strip()).lower().removesuffix(".")
