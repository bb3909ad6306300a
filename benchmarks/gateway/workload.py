"""The workload: the public benchmark's operation and data, a small operation beside it, and one supergraph for all."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from entrepot.wiring.supergraph import compose_file

HERE = Path(__file__).parent
SMALL = "{ users { id name username birthday } }"
_FILES = ("query.graphql", "products.json", "reviews.json")


class WorkloadMissing(Exception):
    """The public workload is not where it was looked for."""


@dataclass(frozen=True, slots=True)
class Workload:
    """What is measured: the body of each request by name, the folder of the data, and the supergraph file."""

    requests: dict[str, bytes]
    folder: Path
    supergraph: Path


def prepare_workload(folder: Path, subgraphs_port: int) -> Workload:
    """Read the operation, and write the supergraph and the load generator's scripts to `folder`.

    The public workload is found in BENCH_DIR, else in the folder `bench` beside CONFORMANCE_DIR. Raises
    WorkloadMissing, saying how to have it.
    """
    data = _find_data()
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


def _find_data() -> Path:
    named, conformance = os.environ.get("BENCH_DIR"), os.environ.get("CONFORMANCE_DIR")
    folder = Path(named) if named else Path(conformance).resolve().parent / "bench" if conformance else None
    if folder is None or not all((folder / name).is_file() for name in _FILES):
        raise WorkloadMissing(
            f"Set BENCH_DIR to a folder with {', '.join(_FILES)} of the public benchmark of GraphQL gateways "
            "(graphql-hive/graphql-gateways-benchmark)."
        )
    return folder


def _compose(port: int) -> str:
    result = compose_file(HERE / "supergraph.yaml", {"SUBGRAPHS": f"http://127.0.0.1:{port}"})
    if result.supergraph_sdl is None:
        raise RuntimeError("The benchmark's subgraphs do not compose: " + "; ".join(map(str, result.errors)))
    return result.supergraph_sdl
