"""docker-compose.yml is valid by its specification, and keeps the promises that are made of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from entrepot.native import read_compose_file
from entrepot.native.programs import PROGRAMS, SKIPPED
from entrepot.native.variables import find_variables
from entrepot.subgraphs.registry import SUBGRAPHS
from tests.support.tree import ROOT

PATH = ROOT / "docker-compose.yml"
TEXT = PATH.read_text()
DOCUMENT: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = DOCUMENT["services"]
SCHEMA = json.loads((Path(__file__).parent / "data" / "compose-spec.json").read_text())
GIVEN = {name: default or "given" for name, default in find_variables(TEXT).items()}
OURS = [name for name, service in SERVICES.items() if service["image"].startswith("entrepot:")]


def test_it_is_valid_by_the_specification() -> None:
    jsonschema.validate(DOCUMENT, SCHEMA, cls=jsonschema.Draft7Validator)


def test_the_schema_refuses_what_is_not() -> None:
    wrong = {"services": {"one": {"image": "a", "depends_on": {"two": {"condition": "ready"}}}}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, SCHEMA, cls=jsonschema.Draft7Validator)


def test_every_subgraph_has_a_service_and_a_worker() -> None:
    assert {f"{role}-{name}" for name in SUBGRAPHS for role in ("subgraph", "worker")} <= set(SERVICES)


def test_every_image_has_a_program_or_a_reason() -> None:
    assert {service.image_name for service in read_compose_file(PATH, TEXT, GIVEN).services.values()} == {
        *PROGRAMS,
        *SKIPPED,
    }


def test_every_port_is_one_services_own() -> None:
    ports = {name: default for name, default in find_variables(TEXT).items() if name.endswith("_PORT")}
    assert len(set(ports.values())) == len(ports)


@pytest.mark.parametrize("name", SERVICES)
class TestEachService:
    def test_is_bounded_and_has_no_rights(self, name: str) -> None:
        service = SERVICES[name]
        assert service["user"] not in ("root", "0", "0:0")
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}

    def test_says_when_it_is_well_if_others_wait_for_that(self, name: str) -> None:
        for other, said in SERVICES[name].get("depends_on", {}).items():
            assert said["condition"] != "service_healthy" or "healthcheck" in SERVICES[other]
            assert said["condition"] != "service_completed_successfully" or SERVICES[other]["restart"] == "no"

    def test_names_no_peer_without_a_variable(self, name: str) -> None:
        """Whatever follows `://` or `@`, and every port, is a variable: without containers it is somewhere else."""
        told = [*map(str, SERVICES[name].get("environment", {}).values()), *map(str, SERVICES[name].get("command", ()))]
        for text in told:
            plain = re.sub(r"\$\{[^}]*\}", "$", text)
            addresses = re.findall(r"(?://(?:[^@/]*@)?|@)([^/,]+)", plain)
            assert all(re.fullmatch(r"[$\w.]*:?\$?", each) and "$" in each for each in addresses), (text, addresses)


class TestNetworks:
    def test_databases_are_reached_by_subgraphs_alone(self) -> None:
        users = {name for name, service in SERVICES.items() if "data" in service.get("networks", ())}
        assert DOCUMENT["networks"]["data"]["internal"] is True
        assert not {name for name in users if name.startswith(("router", "haproxy", "grafana"))}

    def test_only_what_people_look_at_is_published_and_only_here(self) -> None:
        published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
        assert set(published) == {"haproxy", "prometheus", "grafana"}
        for ports in published.values():
            assert all("127.0.0.1" in port for port in ports)

    def test_the_key_that_signs_identities_is_the_routers_alone(self) -> None:
        holders = {name for name, service in SERVICES.items() if "identity-private" in str(service.get("volumes"))}
        assert holders == {"keys", "router-1", "router-2", "router-3"}

    @pytest.mark.parametrize("name", SUBGRAPHS)
    def test_each_subgraph_is_told_its_own_database(self, name: str) -> None:
        for role in ("subgraph", "worker"):
            told = {key for key in SERVICES[f"{role}-{name}"]["environment"] if key.endswith("_DATABASE_URL")}
            assert told == {f"ENTREPOT_{name.upper()}_DATABASE_URL"}


def test_what_must_be_given_stands_in_the_example() -> None:
    example = (ROOT / ".env.example").read_text()
    required = {name for name, default in find_variables(TEXT).items() if default is None}
    assert required <= set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))


def test_ours_run_one_image_that_the_dockerfile_builds() -> None:
    assert {SERVICES[name]["image"] for name in OURS} == {"entrepot:${ENTREPOT_VERSION:-dev}"}
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert 'ENTRYPOINT ["entrepot"]' in dockerfile
    assert "USER 10001:10001" in dockerfile
