from pathlib import Path

import pytest

from entrepot.router.config import RouterConfig, load_config, load_supergraph_file, parse_config
from entrepot.router.errors import ConfigurationInvalid


class TestParseConfig:
    def test_empty_text_gives_the_defaults(self) -> None:
        assert parse_config("", {}) == RouterConfig()

    def test_sections_and_lists_become_typed_values(self) -> None:
        config = parse_config(
            """
            server: {port: 4100}
            authentication:
              issuers:
                - {issuer: "https://id", audience: shop, jwks_url: "https://id/jwks"}
            headers:
              - {propagate: [x-tenant], subgraphs: [orders]}
            override_subgraph_urls: {orders: "http://orders/graphql"}
            """,
            {},
        )
        assert config.server.port == 4100
        assert config.authentication.issuers[0].audience == "shop"
        assert config.headers[0].propagate == ("x-tenant",)
        assert config.override_subgraph_urls == {"orders": "http://orders/graphql"}

    def test_variables_are_filled_in_and_take_the_type_of_the_field(self) -> None:
        text = "server: {port: '${PORT}', host: '${HOST:-::1}', access_log: '${LOG:-true}'}"
        server = parse_config(text, {"PORT": "5000"}).server
        assert (server.port, server.host, server.access_log) == (5000, "::1", True)

    def test_a_default_also_stands_in_for_an_empty_variable(self) -> None:
        assert parse_config("server: {host: '${HOST:-h}'}", {"HOST": ""}).server.host == "h"

    def test_a_variable_that_is_not_set_is_refused_by_name(self) -> None:
        with pytest.raises(ConfigurationInvalid, match="PORT is not set"):
            parse_config("server: {port: '${PORT}'}", {})

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("serverr: {}", "serverr is unknown, did you mean server?"),
            ("server: {prot: 1}", "server.prot is unknown, did you mean port?"),
            (
                "authentication: {issuers: [{issuer: a, audience: b, jwks_uri: c}]}",
                r"authentication.issuers\[0\].jwks_uri is unknown, did you mean jwks_url?",
            ),
            ("explorer: {login: {documnt: a, token_path: b}}", "explorer.login.documnt is unknown"),
            ("server: {port: many}", "server.port"),
            ("authorization: {mode: maybe}", "authorization.mode"),
            ("[1]", "expected a mapping, got a list"),
            ("a: [", "not YAML"),
        ],
    )
    def test_what_is_wrong_is_said_with_its_place(self, text: str, message: str) -> None:
        with pytest.raises(ConfigurationInvalid, match=message):
            parse_config(text, {})

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("server:\n  port: many", "router.yaml:2:3: server.port: expected a whole number, got text."),
            ("server:\n  port: 65536", "router.yaml:2:3: server.port: expected a whole number <= 65535."),
            (
                "subscriptions:\n  subgraphs:\n    a: {url: 'http://a'}\n    b: {protocol: ws}\n",
                (
                    "router.yaml:4:9: subscriptions.subgraphs.b.protocol: 'ws' is not allowed here "
                    "(one of graphql-transport-ws, sse)."
                ),
            ),
            (
                "identity:\n  mode: intern\n",
                (
                    "router.yaml:2:3: identity.mode: 'intern' is not allowed here, did you mean internal? "
                    "(one of off, internal, forward)."
                ),
            ),
            (
                "headers:\n  - insert: {}\n  - insert: {a: ${NOPE}}\n",
                (
                    "router.yaml:3:14: headers[1].insert.a: the environment variable NOPE is not set. "
                    "Set it, or write ${NOPE:-default}."
                ),
            ),
            ("server: {}\nserver: {}\n", "router.yaml:2:1: server is given twice. Remove one."),
            (
                "server:\n  host: [a\n",
                "router.yaml:3:1: this is not YAML: expected ',' or ']', but got '<stream end>'.",
            ),
        ],
    )
    def test_file_line_and_column_are_named(self, text: str, message: str) -> None:
        with pytest.raises(ConfigurationInvalid) as refusal:
            parse_config(text, {}, "router.yaml")
        assert refusal.value.message == message

    def test_a_variable_may_stand_between_braces(self) -> None:
        text = "server: {host: ${HOST}, path: ${PATH_:-/api}}\nheaders: [{insert: {x-a: ${A}-${B:-c d}}}]"
        config = parse_config(text, {"HOST": "::1", "A": "{1}"})
        assert (config.server.host, config.server.path) == ("::1", "/api")
        assert config.headers[0].insert == {"x-a": "{1}-c d"}

    def test_what_is_merged_has_the_place_of_its_own(self) -> None:
        text = "server: &it\n  port: 1\n  keep_alive: x\nlimits:\n  <<: *it\n"
        with pytest.raises(ConfigurationInvalid) as refusal:
            parse_config(text, {}, "router.yaml")
        assert "router.yaml:2:3: limits.port is unknown" in refusal.value.message


class TestLoadConfig:
    def test_paths_are_relative_to_the_file(self, tmp_path: Path) -> None:
        path = tmp_path / "router.yaml"
        path.write_text("supergraph: graph/supergraph.graphql\nidentity: {mode: internal, key_file: /keys/id.pem}\n")
        config = load_config(path, {})
        assert config.supergraph == str(tmp_path / "graph/supergraph.graphql")
        assert config.identity.key_file == "/keys/id.pem"

    def test_a_missing_file_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationInvalid, match=r"nowhere\.yaml cannot be read"):
            load_config(tmp_path / "nowhere.yaml", {})


class TestLoadSupergraphFile:
    def test_subgraphs_come_in_order_with_their_sdl(self, tmp_path: Path) -> None:
        (tmp_path / "b.graphql").write_text("type Query { b: Int }")
        (tmp_path / "a.graphql").write_text("type Query { a: Int }")
        path = tmp_path / "supergraph.yaml"
        path.write_text(
            "federation_version: =2.9.0\n"
            "subgraphs:\n"
            "  b: {routing_url: 'http://b', schema: {file: b.graphql}}\n"
            "  a: {routing_url: '${A:-http://a}', schema: {file: a.graphql}}\n"
        )
        content = load_supergraph_file(path, {})
        assert [(item.name, item.url, item.sdl) for item in content.subgraphs] == [
            ("b", "http://b", "type Query { b: Int }"),
            ("a", "http://a", "type Query { a: Int }"),
        ]
        assert content.federation_version == "=2.9.0"

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("subgraphs: {}", "lists no subgraph"),
            ("subgraphs: {a: {schema: {file: none.graphql}}}", "none.graphql cannot be read"),
            ("subgraphs: {a: {routing_ulr: x, schema: {file: b}}}", "did you mean routing_url"),
        ],
    )
    def test_mistakes_are_refused(self, tmp_path: Path, text: str, message: str) -> None:
        path = tmp_path / "supergraph.yaml"
        path.write_text(text)
        with pytest.raises(ConfigurationInvalid, match=message):
            load_supergraph_file(path, {})
