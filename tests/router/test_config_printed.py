"""The configuration as it is printed, as editors know it, and with variables of the environment in it."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it has no types
import pytest
import yaml

from entrepot.cli import main
from entrepot.docs_generation.configuration_page import print_configuration_page
from entrepot.router.__main__ import main as run_router_main
from entrepot.router.config import (
    RouterConfig,
    build_config_schema,
    describe_fields,
    list_sections,
    parse_config,
    print_config,
)
from tests.support.small_graph import SUPERGRAPH

SECRETS = """
explorer:
  demo_users: [{label: Ada, email: ada@shop.test, password: swordfish-1}]
  login: {document: "mutation { a }", token_path: login.token}
headers: [{insert: {x-key: swordfish-2}, propagate: [x-tenant]}]
override_subgraph_urls: {orders: "http://user:swordfish-3@orders/graphql"}
observability: {tracing: {headers: {authorization: swordfish-4}}}
"""


@pytest.mark.parametrize("section", list_sections())
def test_each_key_is_described(section: type) -> None:
    descriptions = describe_fields(section)
    assert list(descriptions) == [field.name for field in dataclasses.fields(section)]  # type: ignore[arg-type]
    page = print_configuration_page()
    assert all(text.replace("|", "&#124;") in page for text in descriptions.values())


class TestPrint:
    def test_what_is_printed_means_the_same(self) -> None:
        config = parse_config(
            "server: {port: 1}\ntraffic: {subgraphs: {a: {timeout: 2, retry: {max_attempts: 1}}}}", {}
        )
        for each in (RouterConfig(), config):
            assert parse_config(print_config(each), {}) == each

    def test_secrets_are_masked_and_nothing_else(self) -> None:
        text = print_config(parse_config(SECRETS, {}))
        assert "swordfish" not in text
        assert text.count("********") == 4
        printed = yaml.safe_load(text)
        assert printed["explorer"]["demo_users"][0]["email"] == "ada@shop.test"
        assert printed["explorer"]["login"]["token_path"] == "login.token"
        assert printed["override_subgraph_urls"]["orders"] == "http://********@orders/graphql"
        assert printed["headers"][0]["propagate"] == ["x-tenant"]

    def test_sections_are_explained(self) -> None:
        assert (
            "  # Prometheus metrics, served on a port of their own because they show how the router is used."
            in print_config(RouterConfig())
        )

    @pytest.mark.parametrize("command", ["entrepot", "router"])
    def test_the_command_prints_it(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
    ) -> None:
        monkeypatch.setenv("PORT", "4711")
        path = tmp_path / "router.yaml"
        path.write_text("server: {port: '${PORT}'}")
        arguments = ["--config", str(path), "--host", "::1", "--print-config"]
        code = main(["router", *arguments]) if command == "entrepot" else run_router_main(arguments)
        assert code == 0
        server = yaml.safe_load(capsys.readouterr().out)["server"]
        assert (server["port"], server["host"]) == (4711, "::1")

    @pytest.mark.parametrize("command", ["entrepot", "router"])
    def test_it_says_where_subgraphs_are_by_the_environment(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
    ) -> None:
        monkeypatch.setenv("ENTREPOT_SUBGRAPH_PEOPLE_URL", "http://user:secret@elsewhere.test/graphql")
        (tmp_path / "supergraph.graphql").write_text(SUPERGRAPH)
        path = tmp_path / "router.yaml"
        path.write_text("supergraph: supergraph.graphql\noverride_subgraph_urls: {notes: http://notes.local}")
        arguments = ["--config", str(path), "--print-config"]
        assert (main(["router", *arguments]) if command == "entrepot" else run_router_main(arguments)) == 0
        assert yaml.safe_load(capsys.readouterr().out)["override_subgraph_urls"] == {
            "notes": "http://notes.local",
            "people": "http://********@elsewhere.test/graphql",
        }


class TestSchema:
    @pytest.fixture
    def validator(self) -> jsonschema.Draft202012Validator:
        schema = json.loads(json.dumps(build_config_schema()))
        jsonschema.Draft202012Validator.check_schema(schema)
        return jsonschema.Draft202012Validator(schema)

    @pytest.mark.parametrize("text", ["{}", SECRETS, "server: {port: '${PORT:-1}'}", "introspection: '${I}'"])
    def test_what_the_router_reads_is_valid(self, validator: Any, text: str) -> None:
        parse_config(text, {"I": "true"})
        validator.validate(yaml.safe_load(text))

    def test_the_defaults_are_valid(self, validator: Any) -> None:
        validator.validate(yaml.safe_load(print_config(RouterConfig())))

    @pytest.mark.parametrize(
        "text", ["sever: {}", "server: {prot: 1}", "server: {port: many}", "demand_control: {mode: maybe}"]
    )
    def test_what_the_router_refuses_is_not(self, validator: Any, text: str) -> None:
        with pytest.raises(jsonschema.ValidationError):
            validator.validate(yaml.safe_load(text))


class TestPage:
    def test_it_has_every_key_of_every_section(self) -> None:
        page = print_configuration_page()
        definitions = json.loads(json.dumps(build_config_schema()["$defs"]))
        assert len(list_sections()) == len(definitions)
        keys = [key for definition in definitions.values() for key in definition["properties"]]
        assert [key for key in keys if f"| `{key}` |" not in page] == []

    def test_links_lead_to_sections(self) -> None:
        page = print_configuration_page()
        titles = {line[3:].lower().replace(" ", "-") for line in page.splitlines() if line.startswith("## ")}
        linked = {part.split(")")[0] for part in page.split("](#")[1:]}
        assert linked <= titles
        assert len(titles) == len(list_sections())


class TestVariables:
    @pytest.mark.parametrize(("written", "meant"), [("true", True), ("False", False), ("1", True), ("0", False)])
    def test_booleans(self, written: str, meant: bool) -> None:  # noqa: FBT001 - a parameter of the test
        config = parse_config("introspection: '${A}'\ntraffic: {all: {deduplicate: '${A}'}}", {"A": written})
        assert config.introspection is meant
        assert config.traffic.all.deduplicate is meant

    def test_numbers_also_where_null_is_allowed(self) -> None:
        text = (
            "limits: {max_response_bytes: '${N}', max_depth: '${N}'}\ntraffic: {all: {timeout: '${F}', retry: '${X}'}}"
        )
        config = parse_config(text, {"N": "70", "F": "1.5", "X": "null"})
        assert (config.limits.max_response_bytes, config.limits.max_depth) == (70, 70)
        assert (config.traffic.all.timeout, config.traffic.all.retry) == (1.5, None)

    def test_text_stays_text(self) -> None:
        config = parse_config("server: {host: '${H}'}\nsupergraph: '${S}'", {"H": "127", "S": "null"})
        assert (config.server.host, config.supergraph) == ("127", "null")
