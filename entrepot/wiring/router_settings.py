"""The router's configuration where its subgraphs are in the same process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from entrepot.router.config import IdentityConfig, ObservabilityConfig, RouterConfig, load_config
from entrepot.router.config.document import read_document
from entrepot.router.config.reader import name_source, read_text
from entrepot.shared.errors import SettingsInvalid
from entrepot.wiring.demo import build_explorer
from entrepot.wiring.protection import protect
from entrepot.wiring.tracing import build_router_tracing, read_tracing


def read_router_settings(
    file: Path | None, host: str | None, port: int | None, environ: Mapping[str, str]
) -> RouterConfig:
    """What the file and the command line say, with the way to subgraphs of this process.

    Raises ConfigurationInvalid, and SettingsInvalid for settings that cannot apply.
    """
    config = protect(RouterConfig(), {}) if file is None else _load_protected(file, environ)
    pointless = [name for name, is_set in _list_pointless(config).items() if is_set]
    if pointless:
        raise SettingsInvalid(
            f"{', '.join(pointless)} in {file}: the subgraphs, their supergraph and the issuer of tokens are in this "
            "process. Take it out."
        )
    server = config.server
    chosen = replace(
        config,
        server=replace(server, host=host or server.host, port=server.port if port is None else port),
        identity=IdentityConfig(mode="internal"),
        subscriptions=replace(config.subscriptions, protocol="sse", subgraphs={}),
    )
    if file is not None:
        return chosen
    return replace(
        chosen,
        explorer=build_explorer(is_demo=False),
        observability=ObservabilityConfig(tracing=build_router_tracing(read_tracing(environ))),
    )


def _load_protected(file: Path, environ: Mapping[str, str]) -> RouterConfig:
    named = read_document(read_text(file), environ, name_source(file)).values
    return protect(load_config(file, environ), named)


def _list_pointless(config: RouterConfig) -> dict[str, bool]:
    return {
        "supergraph": config.supergraph is not None,
        "override_subgraph_urls": bool(config.override_subgraph_urls),
        "authentication.issuers": bool(config.authentication.issuers),
        "identity.key_file": config.identity.key_file is not None,
    }
