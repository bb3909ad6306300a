"""Addresses of clients as keys: who has the whole network is one client, whichever of its addresses they come from."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

_NETWORK_BITS: Final = 64
"""Of an IPv6 address, what an operator gives a customer at least: every address below it is the same client."""


def widen_address(address: str) -> str:
    """The address, or the network that stands for its owner in IPv6; text that is no address as it is."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            # A socket for both families shows IPv4 clients in this form.
            return str(parsed.ipv4_mapped)
        return str(IPv6Network((parsed, _NETWORK_BITS), strict=False).network_address)
    return address
