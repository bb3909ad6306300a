"""The router of `entrepot dev`: its own settings, and what a configuration file says over them."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from entrepot.router.config import (
    CorsConfig,
    IdentityConfig,
    ObservabilityConfig,
    QueryPlanConfig,
    RouterConfig,
    ServerConfig,
    SubscriptionsConfig,
)
from entrepot.router.config.document import Document, read_document
from entrepot.router.config.document import Path as DocumentPath
from entrepot.router.config.reader import anchor_paths, convert_document, name_source, read_text
from entrepot.router.errors import ConfigurationInvalid
from entrepot.wiring.demo import build_explorer
from entrepot.wiring.protection import DEMAND, LIMITS
from entrepot.wiring.tracing import UNTRACED, TracingSection, build_router_tracing

LOOPBACK_NAMES: Final = ("localhost", "127.0.0.1", "[::1]")
LOOPBACK_ORIGINS: Final = ("http://localhost:*", "http://127.0.0.1:*", "http://[::1]:*")

REFUSED: Final[Mapping[DocumentPath, str]] = {
    ("supergraph",): "dev serves the supergraph of its own subgraphs",
    ("server", "host"): "use --host",
    ("server", "port"): "use --port",
    ("server", "log_level"): "use --log-level",
    ("server", "json_logs"): "dev logs for people",
    ("server", "access_log"): "use observability.access_log",
    ("server", "keep_alive"): "dev uses its own",
    ("server", "graceful_shutdown"): "dev ends at once",
    ("server", "drain_seconds"): "dev ends at once",
    ("server", "websocket_compression"): "dev does not compress",
    ("override_subgraph_urls",): "the subgraphs run in this process; use --subgraphs-port and a router in front",
    ("identity",): "dev signs the identity with a key of its own",
    ("authentication", "issuers"): "dev accepts the tokens of its own accounts subgraph",
    ("subscriptions", "protocol"): "the subgraphs run in this process",
    ("subscriptions", "subgraphs"): "the subgraphs run in this process",
    ("timeouts", "connect"): "the subgraphs run in this process",
    ("reload",): "dev reads its files once; start it again",
}
"""Keys that have no meaning in dev, each with what to do instead."""


def build_config(host: str, port: int, *, is_demo: bool, tracing: TracingSection = UNTRACED) -> RouterConfig:
    """The router of the embedded shop: internal identity, subscriptions by server-sent events, plans for everyone.

    On loopback, pages of this machine may call it from every port, as development servers of frontends have their own;
    it answers under loopback names only, so that a page of a foreign name that resolves to loopback cannot use it.
    """
    origins = LOOPBACK_ORIGINS if is_loopback(host) else ()
    names = dict.fromkeys((*LOOPBACK_NAMES, f"[{host}]" if ":" in host else host)) if is_loopback(host) else ()
    return RouterConfig(
        server=ServerConfig(host=host, port=port, allowed_hosts=tuple(names)),
        demand_control=DEMAND,
        limits=LIMITS,
        identity=IdentityConfig(mode="internal"),
        subscriptions=SubscriptionsConfig(protocol="sse"),
        query_plan=QueryPlanConfig(expose="on"),
        explorer=build_explorer(is_demo=is_demo),
        cors=CorsConfig(origins=origins, allow_credentials=bool(origins)),
        observability=ObservabilityConfig(tracing=build_router_tracing(tracing)),
    )


def apply_file(config: RouterConfig, path: Path, environ: Mapping[str, str]) -> RouterConfig:
    """The configuration with what the file says instead, key by key.

    Raises ConfigurationInvalid for a file that cannot be read, and for a key of `REFUSED`.
    """
    document = read_document(read_text(path), environ, name_source(path))
    given = anchor_paths(convert_document(document, RouterConfig), path.parent)
    _refuse_own(document)
    if "origins" in (document.values.get("cors") or {}):
        # Credentials are for the pages of this machine; other origins have them only where the file says so.
        config = dataclasses.replace(config, cors=dataclasses.replace(config.cors, allow_credentials=False))
    merged: RouterConfig = _overlay(config, given, document.values)
    return merged


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server on that address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refuse_own(document: Document) -> None:
    problems = []
    for path, remedy in REFUSED.items():
        value = document.values
        for key in path:
            value = value.get(key, _ABSENT) if isinstance(value, dict) else _ABSENT
        if value is not _ABSENT:
            problems.append(
                f"{document.locate(path)}: `entrepot dev` does not take {'.'.join(map(str, path))}: {remedy}."
            )
    if problems:
        raise ConfigurationInvalid("\n".join(problems))


_ABSENT: Final = object()


def _overlay(base: Any, given: Any, named: Any) -> Any:
    """`base` with the fields of `given` that the file names; a section is merged, any other value replaced."""
    if not (dataclasses.is_dataclass(base) and dataclasses.is_dataclass(given) and isinstance(named, dict)):
        return given
    changes = {key: _overlay(getattr(base, key), getattr(given, key), value) for key, value in named.items()}
    return dataclasses.replace(base, **changes)  # type: ignore[type-var]  # an instance, as it was looked at
