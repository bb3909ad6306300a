"""The client's address, from the connection and `X-Forwarded-For` of trusted proxies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from entrepot.router.errors import ConfigurationInvalid
from entrepot.router.web.asgi import Scope

Address = IPv4Address | IPv6Address


class AddressReader:
    """Reads addresses; `X-Forwarded-For` counts only as far as trusted proxies have written it."""

    def __init__(self, trusted: Iterable[str]) -> None:
        try:
            self._trusted = tuple(ip_network(network, strict=False) for network in trusted)
        except ValueError as error:
            raise ConfigurationInvalid(
                f"server.trusted_proxies: {error}. Write networks such as 10.0.0.0/8."
            ) from error

    def read(self, scope: Scope, headers: Mapping[str, str]) -> str:
        """The address of the client; empty where the server does not tell who is connected."""
        client = scope.get("client")
        peer: str = client[0] if client else ""
        if not self._trusted or "x-forwarded-for" not in headers:
            return peer
        found = peer
        # Each proxy adds the address that it was asked from on the right: what stands left of the first that is not
        # trusted was written by the client itself.
        for entry in (*reversed(headers["x-forwarded-for"].split(",")), None):
            if not self.is_trusted(found) or entry is None:
                break
            parsed = _parse_address(entry)
            if parsed is None:
                break
            found = str(parsed)
        return found

    def is_trusted(self, text: str) -> bool:
        """Whether it is the address of a trusted proxy."""
        address = _parse_address(text)
        return address is not None and any(address in network for network in self._trusted)


def _parse_address(text: str) -> Address | None:
    """The address in an entry, its port and brackets left out; an IPv4 address in IPv6 form is itself."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
