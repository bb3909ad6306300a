"""The manifests are what Kubernetes takes, and say what our processes understand."""

from __future__ import annotations

from typing import Any

import kubernetes_validate
import pytest
import yaml

from entrepot.router.config import load_config
from entrepot.shared.config import read_settings
from entrepot.subgraphs.registry import SUBGRAPHS, load
from entrepot.wiring.distributed_settings import read_distributed
from entrepot.wiring.tracing import TracingSection
from tests.support.tree import ROOT

FOLDER = ROOT / "deploy" / "kubernetes" / "base"
EXAMPLE = FOLDER.parent / "example"
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


def test_each_has_only_its_own_secrets() -> None:
    """F16: only the job that migrates them has the passwords of all databases."""
    for name, pod in list_pods():
        (container,) = pod["containers"]
        secrets = {each["secretRef"]["name"] for each in container["envFrom"] if "secretRef" in each}
        own = name.partition("-")[2]
        expected = {"migrate": {f"{each}-database" for each in SUBGRAPHS}, "topics": set(), "router": set()}
        assert secrets == expected.get(name, {f"{own}-database"})


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


BASE = {(each["kind"], each["metadata"]["name"]): each for name in NAMES for each in read(name) if "metadata" in each}
POLICIES = {name: each["spec"] for (kind, name), each in BASE.items() if kind == "NetworkPolicy"}
KUSTOMIZATION = yaml.safe_load((EXAMPLE / "kustomization.yaml").read_text())


class TestNetwork:
    def test_nobody_is_reached_who_does_not_say_so(self) -> None:
        assert POLICIES["nobody"] == {"podSelector": {}, "policyTypes": ["Ingress"]}

    def test_routers_are_reached_by_the_ingress_controller_alone(self) -> None:
        """F6: its pods may then be named as trusted proxies; the base trusts nobody."""
        named = [each["from"] for each in POLICIES["routers"]["ingress"]]
        namespaces = [one["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for (one,) in named]
        assert namespaces == ["ingress-nginx", "monitoring"]
        assert BASE["ConfigMap", "entrepot"]["data"]["ROUTER_TRUSTED_PROXY"] == "127.0.0.1"

    def test_routers_reach_no_database(self) -> None:
        """Neither PostgreSQL nor Kafka is behind any of the ports that they may talk to."""
        egress = POLICIES["routers-reach"]["egress"]
        assert {port["port"] for rule in egress for port in rule["ports"]} == {"http", 53, 6379, 4318}


class TestExample:
    """What `kubectl kustomize deploy/kubernetes/example` would be made of."""

    @pytest.mark.parametrize("version", VERSIONS)
    def test_what_it_adds_is_valid(self, version: str) -> None:
        for name in KUSTOMIZATION["resources"]:
            if name != "../base":
                kubernetes_validate.validate(yaml.safe_load((EXAMPLE / name).read_text()), version, strict=True)

    def test_what_it_changes_is_there(self) -> None:
        for patch in KUSTOMIZATION["patches"]:
            found: Any = BASE[patch["target"]["kind"], patch["target"]["name"]]
            for change in yaml.safe_load(patch["patch"]):
                assert change["op"] == "replace"
                for part in change["path"].strip("/").split("/"):
                    found = found[int(part) if part.isdigit() else part]
        (generated,) = KUSTOMIZATION["configMapGenerator"]
        assert ("ConfigMap", generated["name"]) in BASE
        assert generated["behavior"] == "merge"

    def test_its_settings_are_understood(self) -> None:
        (generated,) = KUSTOMIZATION["configMapGenerator"]
        said = dict(each.split("=", 1) for each in generated["literals"])
        url = "postgresql+asyncpg://orders:a-secret@postgres:5432/orders"
        config = BASE["ConfigMap", "entrepot"]["data"]
        environ = {**config, **said, "ENTREPOT_ORDERS_DATABASE_URL": url}
        assert len(read_distributed(environ, ["orders"]).kafka.brokers) == 2
        assert read_settings(TracingSection, environ, "ENTREPOT_TRACING").ratio == 0.05
