"""The workload: a big operation and its data, generated or public, a small operation, and one supergraph for all."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from benchmarks.gateway.generator import write_workload
from entrepot.wiring.supergraph import compose_file

HERE = Path(__file__).parent
SMALL = "{ users { id name username birthday } }"
FILES = ("query.graphql", "products.json", "reviews.json")


class WorkloadMissing(Exception):
    """BENCH_DIR does not hold the public workload."""


@dataclass(frozen=True, slots=True)
class Workload:
    """What is measured: the body of each request by name, the folder of the data, and the supergraph file."""

    requests: dict[str, bytes]
    folder: Path
    supergraph: Path


def prepare_workload(folder: Path, subgraphs_port: int, seed: int) -> Workload:
    """Write the supergraph, the load generator's scripts and, unless BENCH_DIR is set, the generated data to `folder`.

    With BENCH_DIR, operation and data are the public ones in that folder; raises WorkloadMissing when they are not
    there.
    """
    data = find_public_workload()
    if data is None:
        data = folder / "workload"
        write_workload(data, seed)
    requests = {"big": (data / "query.graphql").read_text(), "small": SMALL}
    supergraph = folder / "supergraph.graphql"
    supergraph.write_text(_compose(subgraphs_port))
    bodies = {name: json.dumps({"query": text}).encode() for name, text in requests.items()}
    for name, body in bodies.items():
        (folder / f"{name}.lua").write_text(
            f'wrk.method = "POST"\nwrk.body = [==[{body.decode()}]==]\n'
            'wrk.headers["content-type"] = "application/json"\nwrk.headers["accept"] = "application/json"\n'
        )
    return Workload(bodies, data, supergraph)


def find_public_workload() -> Path | None:
    """The folder that BENCH_DIR names, if it is set; raises WorkloadMissing when a file is not there."""
    named = os.environ.get("BENCH_DIR")
    if not named:
        return None
    folder = Path(named)
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise WorkloadMissing(
            f"BENCH_DIR={named} has no {', '.join(missing)}. Set it to a folder with {', '.join(FILES)} of the public "
            "benchmark of GraphQL gateways (graphql-hive/graphql-gateways-benchmark), or unset it to measure with "
            "generated data of the same shape."
        )
    return folder


def _compose(port: int) -> str:
    result = compose_file(HERE / "supergraph.yaml", {"SUBGRAPHS": f"http://127.0.0.1:{port}"})
    if result.supergraph_sdl is None:
        raise RuntimeError("The benchmark's subgraphs do not compose: " + "; ".join(map(str, result.errors)))
    return result.supergraph_sdl
