"""The gateways that are measured: how each is started, and whether it can share subgraph calls on their way."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.gateway.processes import GATEWAY_CORE, LOAD_CORE, Running, run_pinned

HERE = Path(__file__).parent
PEERS = HERE / "peers"
HIVE_ROUTER_PROGRAM = HERE.parents[1] / "build" / "hive-router" / "bin" / "hive_router"
"""Where scripts/hive-router installs it."""
OURS = "entrepot"
FORMER = "former"
HIVE_ROUTER = "hive_router"


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway's name and the command that starts it: {port} and {supergraph} are filled in, also in `environment`."""

    name: str
    title: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    can_deduplicate: bool = True
    folder: Path | None = None


def list_gateways(node: str, against: Path | None = None) -> tuple[Gateway, ...]:
    """Ours first, Hive Router if it is installed; `node` runs the others. With another checkout of ours: only both."""
    if against is not None:
        return (_build_ours(), _build_former(against))
    hive_router = (_build_hive_router(),) if HIVE_ROUTER_PROGRAM.is_file() else ()
    return (_build_ours(), *hive_router, *_list_peers(node))


def _build_ours() -> Gateway:
    config = str(HERE / "router.yaml")
    program = str(Path(sys.executable).with_name("entrepot"))
    return Gateway(OURS, "Entrepot", (program, "router", "--config", config))


def _build_former(checkout: Path) -> Gateway:
    config = str(checkout / "benchmarks" / "gateway" / "router.yaml")
    command = (sys.executable, "-m", "entrepot.cli", "router", "--config", config)
    # In its own folder: `python -m` finds the packages of the folder that it runs in before those of PYTHONPATH.
    return Gateway(FORMER, f"Entrepot of {checkout.name}", command, {"PYTHONPATH": str(checkout)}, folder=checkout)


def _build_hive_router() -> Gateway:
    environment = {
        "ROUTER_CONFIG_FILE_PATH": str(HERE / "hive_router.yaml"),
        "SUPERGRAPH_FILE_PATH": "{supergraph}",
        "HOST": "127.0.0.1",
        # One worker on one core, as each of the others has.
        "ROUTER_HTTP_WORKERS": "1",
    }
    return Gateway(HIVE_ROUTER, "Hive Router", (str(HIVE_ROUTER_PROGRAM),), environment)


def _list_peers(node: str) -> tuple[Gateway, ...]:
    hive = str(PEERS / "node_modules" / ".bin" / "hive-gateway")
    return (
        Gateway(
            "hive",
            "Hive Gateway",
            (
                *(node, hive, "supergraph", "{supergraph}", "--config-path", str(PEERS / "hive.config.mjs")),
                *("--fork", "1", "--host", "127.0.0.1", "--port", "{port}"),
            ),
            {"NODE_ENV": "production"},
        ),
        Gateway(
            "apollo",
            "Apollo Gateway",
            (node, str(PEERS / "apollo.mjs"), "{port}", "{supergraph}"),
            {"NODE_ENV": "production"},
            can_deduplicate=False,
        ),
    )


@contextmanager
def run_gateway(gateway: Gateway, port: int, supergraph: Path, log: Path, *, deduplicate: bool) -> Iterator[Running]:
    """The gateway on its core, with or without sharing subgraph calls; raises DidNotStart."""
    filled = [part.format(port=port, supergraph=supergraph) for part in gateway.command]
    environment = {
        **{name: value.format(port=port, supergraph=supergraph) for name, value in gateway.environment.items()},
        "PORT": str(port),
        "SUPERGRAPH": str(supergraph),
        "DEDUPLICATE": "true" if deduplicate else "false",
        "PATH": f"{Path(filled[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    url = f"http://127.0.0.1:{port}/{'' if gateway.name == 'apollo' else 'graphql'}"
    with run_pinned(
        filled, core=GATEWAY_CORE, url=url, log=log, environment=environment, folder=gateway.folder
    ) as running:
        yield running


@contextmanager
def run_subgraphs(node: str, port: int, data: Path, log: Path) -> Iterator[Running]:
    """All subgraphs, on the core of the load; raises DidNotStart."""
    command = [node, str(PEERS / "subgraphs.mjs"), str(port), str(data)]
    url = f"http://127.0.0.1:{port}/accounts"
    with run_pinned(command, core=LOAD_CORE, url=url, log=log, environment={}) as running:
        yield running
