"""The setting of a publisher that names the versions it publishes: `ENTREPOT_<NAME>_PUBLISH_VERSIONS`."""

from __future__ import annotations

from collections.abc import Mapping

from entrepot.shared.errors import SettingsInvalid
from entrepot.shared.events.event import known_contracts


def split_publish_versions(subgraph: str, environ: Mapping[str, str]) -> tuple[dict[str, int], dict[str, str]]:
    """The versions by type, and the environment without the setting; raises SettingsInvalid.

    Written as `orders.order.placed=2,orders.order.cancelled=1`. A type that is not named is published in the oldest
    version that its contract can be brought down to.
    """
    key = f"ENTREPOT_{subgraph.upper()}_PUBLISH_VERSIONS"
    rest = dict(environ)
    text = rest.pop(key, "")
    versions = dict(_read(key, entry) for entry in text.replace(" ", "").split(",") if entry)
    return versions, rest


def _read(key: str, entry: str) -> tuple[str, int]:
    type_, _, number = entry.partition("=")
    known = sorted(contract.VERSION for contract in known_contracts() if type_ == contract.TYPE)
    if not known:
        raise SettingsInvalid(f"{key} names {type_!r}, which is no contract of this release. Write TYPE=VERSION.")
    if not number.isdecimal() or int(number) not in known:
        versions = ", ".join(map(str, known))
        raise SettingsInvalid(f"{key} has {entry!r}: the versions of {type_} in this release are {versions}.")
    return type_, int(number)
