"""The manifests are what Kubernetes takes, and say what our processes understand."""

from __future__ import annotations

from typing import Any

import kubernetes_validate
import pytest
import yaml

from entrepot.distributed_settings import read_distributed
from router.config import load_config
from subgraphs.registry import SUBGRAPHS, load
from tests.support.tree import ROOT

FOLDER = ROOT / "deploy" / "kubernetes"
VERSIONS = ("1.30", "1.33")
NAMES = [each.name for each in sorted(FOLDER.glob("*.yaml"))]


def read(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((FOLDER / name).read_text()))


def list_pods() -> list[tuple[str, dict[str, Any]]]:
    manifests = [each for name in NAMES for each in read(name)]
    return [(each["metadata"]["name"], each["spec"]["template"]["spec"]) for each in manifests if _has_pods(each)]


def _has_pods(manifest: dict[str, Any]) -> bool:
    return manifest["kind"] in {"Deployment", "Job"}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", [name for name in NAMES if name != "kustomization.yaml"])
def test_each_is_valid(name: str, version: str) -> None:
    for manifest in read(name):
        kubernetes_validate.validate(manifest, version, strict=True)


def test_all_of_them_are_applied() -> None:
    (kustomization,) = read("kustomization.yaml")
    assert kustomization["resources"] == [name for name in NAMES if name != "kustomization.yaml"]


def test_every_subgraph_answers_and_works() -> None:
    wanted = {f"{role}-{name}" for name in SUBGRAPHS for role in ("subgraph", "worker")} | {
        "router",
        "migrate",
        "topics",
    }
    assert {name for name, _ in list_pods()} == wanted


@pytest.mark.parametrize(("name", "pod"), list_pods(), ids=lambda value: value if isinstance(value, str) else "")
def test_each_is_confined(name: str, pod: dict[str, Any]) -> None:
    assert pod["securityContext"]["runAsNonRoot"]
    (container,) = pod["containers"]
    own = container["securityContext"]
    assert (own["readOnlyRootFilesystem"], own["allowPrivilegeEscalation"]) == (True, False)
    assert own["capabilities"] == {"drop": ["ALL"]}
    if name not in {"migrate", "topics"}:
        assert {"livenessProbe", "readinessProbe", "startupProbe", "resources"} <= container.keys()


@pytest.mark.parametrize("name", SUBGRAPHS)
def test_subgraphs_understand_their_settings(name: str) -> None:
    (config,) = read("config.yaml")
    url = f"postgresql+asyncpg://{name}:a-secret@postgres:5432/{name}"
    settings = read_distributed({**config["data"], f"ENTREPOT_{name.upper()}_DATABASE_URL": url}, [name])
    load(name).read_settings(settings.own)
    assert settings.kafka.brokers
    assert settings.redis.url
    assert settings.identity.public_keys


def test_the_router_understands_its_settings() -> None:
    pod = dict(list_pods())["router"]
    environ = {variable["name"]: variable["value"] for variable in pod["containers"][0]["env"]}
    config = load_config(ROOT / "deploy" / "router" / "router.yaml", environ)
    assert set(config.override_subgraph_urls) == set(SUBGRAPHS)
    assert all("$" not in url for url in config.override_subgraph_urls.values())
