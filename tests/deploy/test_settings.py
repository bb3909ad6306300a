"""Whatever the files that start us say, our processes read; and whatever can be said stands in the example."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
import yaml

from entrepot.native import read_compose_file
from entrepot.native.variables import find_variables
from entrepot.router.config import load_config
from entrepot.router.web.http.address import AddressReader
from entrepot.shared.audit import AuditSettings
from entrepot.shared.db import ConnectionOptions
from entrepot.shared.telemetry import WorkLogSettings
from entrepot.subgraphs.registry import SUBGRAPHS, load
from entrepot.wiring.distributed_settings import IdentitySection, KafkaSection, ServerSettings, ShopSettings
from entrepot.wiring.redis_settings import RedisSection
from entrepot.wiring.tracing import TracingSection
from tests.support.tree import ROOT

COMPOSE = ROOT / "docker-compose.yml"
TEXT = COMPOSE.read_text()
GIVEN = {name: default or "given" for name, default in find_variables(TEXT).items()}
SERVICES = read_compose_file(COMPOSE, TEXT, GIVEN).services
ROUTER_FILE = ROOT / "deploy" / "router" / "router.yaml"
SECTIONS: Mapping[str, Any] = {
    "SERVER": ServerSettings,
    "SHOP": ShopSettings,
    "KAFKA": KafkaSection,
    "REDIS": RedisSection,
    "IDENTITY": IdentitySection,
    "DATABASE": ConnectionOptions,
    "TRACING": TracingSection,
    "AUDIT": AuditSettings,
    "WORK_LOG": WorkLogSettings,
}
OF_COMMANDS = {"ENTREPOT_ADMIN_URL", "ENTREPOT_DATABASE_URL"}
OURS = {name: service.environment for name, service in SERVICES.items() if service.image_name == "entrepot"}


def list_settings() -> Iterator[str]:
    """Every variable that one of our processes reads."""
    yield from OF_COMMANDS
    yield from find_variables(ROUTER_FILE.read_text())
    sections = {**SECTIONS, **{name.upper(): load(name).settings for name in SUBGRAPHS}}
    for name, section in sections.items():
        yield from (f"ENTREPOT_{name}_{field.name.upper()}" for field in fields(section))
    yield from (f"ENTREPOT_{name.upper()}_DATABASE_URL" for name in SUBGRAPHS)


def list_manifests() -> Iterator[tuple[str, Mapping[str, str]]]:
    """What the manifests of Kubernetes say, by file."""
    for path in sorted((ROOT / "deploy" / "kubernetes").rglob("*.yaml")):
        for manifest in yaml.safe_load_all(path.read_text()):
            if manifest["kind"] == "ConfigMap":
                yield path.name, manifest["data"]
            pod = manifest.get("spec", {}).get("template", {}).get("spec", {})
            for container in pod.get("containers", ()):
                yield path.name, {each["name"]: each["value"] for each in container.get("env", ())}


@pytest.mark.parametrize("service", OURS)
def test_services_are_told_what_they_read(service: str) -> None:
    assert set(OURS[service]) <= set(list_settings())


def test_manifests_say_what_is_read() -> None:
    said = {name for _, environment in list_manifests() for name in environment}
    assert said
    assert said <= set(list_settings())


@pytest.mark.parametrize("service", [name for name in OURS if name.startswith("router-")])
def test_routers_understand_what_they_are_told(service: str) -> None:
    config = load_config(ROUTER_FILE, OURS[service])
    assert config.server.port == int(OURS[service]["ROUTER_PORT"])
    assert config.observability.metrics.port == int(OURS[service]["ROUTER_METRICS_PORT"])
    assert not config.observability.tracing.enabled


def test_a_router_needs_no_more_than_it_is_told() -> None:
    required = {name for name, default in find_variables(ROUTER_FILE.read_text()).items() if default is None}
    assert required <= set(OURS["router-1"])


class TestTrust:
    """F6: the routers believe HAProxy, whose address is fixed, and nobody else in its network."""

    def test_one_address_is_trusted(self) -> None:
        document = yaml.safe_load(TEXT)
        address = re.fullmatch(
            r"\$\{HAPROXY_HOST:-(.*)\}", document["services"]["haproxy"]["networks"]["edge"]["ipv4_address"]
        )
        assert address is not None
        default = {name: value or "given" for name, value in find_variables(TEXT).items()}
        services = read_compose_file(COMPOSE, TEXT, default).services
        trusted = load_config(ROUTER_FILE, services["router-1"].environment).server.trusted_proxies
        assert trusted == (address[1], "255.255.255.255")
        subnet, dynamic = (ip_network(default[name]) for name in ("EDGE_SUBNET", "EDGE_RANGE"))
        assert ip_address(address[1]) in subnet
        assert ip_address(address[1]) not in dynamic

    @pytest.mark.parametrize("said", ["9.9.9.2, 172.31.250.9", "172.31.250.2, 9.9.9.2, 172.31.250.9"])
    def test_others_in_its_network_are_clients(self, said: str) -> None:
        reader = AddressReader(("172.31.250.2", "255.255.255.255"))
        headers = {"x-forwarded-for": said}
        assert reader.read({"client": ("172.31.250.9", 1)}, headers) == "172.31.250.9"
        assert reader.read({"client": ("172.31.250.2", 1)}, headers) == "172.31.250.9"

    def test_neither_introspection_nor_the_explorer_is_open(self) -> None:
        """F16."""
        config = load_config(ROUTER_FILE, dict.fromkeys(find_variables(ROUTER_FILE.read_text()), "given") | _SWITCHES)
        assert (config.introspection, config.explorer.enabled, config.query_plan.expose) == (False, False, "off")


_SWITCHES = {name: default for name, default in find_variables(ROUTER_FILE.read_text()).items() if default is not None}


class TestExample:
    """`.env.example` beside the variables of docker-compose.yml."""

    LINES = re.findall(r"^(# )?([A-Z_0-9]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE)
    PUBLISHED = frozenset({"HAPROXY_PORT", "PROMETHEUS_PORT", "GRAFANA_PORT"})
    VARIABLES = find_variables(re.sub(r"^\s*#.*$", "", TEXT, flags=re.MULTILINE))

    def test_each_is_there_once(self) -> None:
        listed = [name for _, name, _ in self.LINES]
        assert len(set(listed)) == len(listed)
        inside = {name for name in self.VARIABLES if name.endswith(("_HOST", "_PORT"))} - self.PUBLISHED
        assert set(listed) == self.VARIABLES.keys() - inside

    @pytest.mark.parametrize(("comment", "name", "value"), LINES)
    def test_what_has_a_default_says_it(self, comment: str, name: str, value: str) -> None:
        default = self.VARIABLES[name]
        assert (bool(comment), value) == (default is not None, "change-me" if default is None else default)

    def test_each_is_explained(self) -> None:
        for paragraph in (ROOT / ".env.example").read_text().strip().split("\n\n"):
            first = paragraph.splitlines()[0]
            assert first.startswith("# ")
            assert not re.match(r"# [A-Z_]+=", first)
