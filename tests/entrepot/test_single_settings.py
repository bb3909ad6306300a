"""The settings of `entrepot serve`, and what it refuses to start with."""

from __future__ import annotations

from pathlib import Path

import pytest

from entrepot.cli import main
from entrepot.shared.errors import SettingsInvalid
from entrepot.subgraphs.registry import SUBGRAPHS
from entrepot.wiring.protection import DEMAND, MAX_DEPTH
from entrepot.wiring.router_settings import read_router_settings
from entrepot.wiring.single_settings import check_folder, read_single
from tests.support.servers import free_port, postgres_url

SERVER = "postgresql://:s3cret@127.0.0.1:5433"


def test_the_url_names_a_server_with_a_database_for_each_subgraph(tmp_path: Path) -> None:
    urls = read_single({}, SERVER, tmp_path / "data").urls
    assert urls == {name: f"postgresql+asyncpg://{name}:s3cret@127.0.0.1:5433/{name}" for name in SUBGRAPHS}


def test_names_may_have_a_prefix_and_a_subgraph_its_own_url(tmp_path: Path) -> None:
    own = "postgresql+asyncpg://o:s3cret@10.0.0.1/o"
    url = "postgres://shop_{name}:s3cret@db/shop_{name}"
    urls = read_single({"ENTREPOT_ORDERS_DATABASE_URL": own}, url, tmp_path).urls
    assert (urls["orders"], urls["carts"]) == (own, "postgresql+asyncpg://shop_carts:s3cret@db/shop_carts")


def test_the_url_may_be_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text(f"{SERVER}\n")
    given = {"ENTREPOT_DATABASE_URL_FILE": str(file), "ENTREPOT_SHOP_FOLDER": str(tmp_path / "data")}
    read = read_single(given)
    assert (read.urls, read.folder) == (read_single({}, SERVER, tmp_path).urls, tmp_path / "data")
    file.unlink()
    with pytest.raises(SettingsInvalid, match="cannot be read"):
        read_single(given)


def test_fewer_connections_than_a_server_allows(tmp_path: Path) -> None:
    options = read_single({}, SERVER, tmp_path).connections
    assert len(SUBGRAPHS) * (options.pool_size + options.pool_overflow) + 9 < 97
    assert read_single({"ENTREPOT_DATABASE_POOL_OVERFLOW": "7"}, SERVER, tmp_path).connections.pool_overflow == 7


@pytest.mark.parametrize(
    ("environ", "url", "said"),
    [
        ({}, None, "ENTREPOT_ACCOUNTS_DATABASE_URL is not set"),
        ({}, "postgresql://me:s3cret@127.0.0.1/shop", "names the server"),
        ({}, "sqlite:///shop.db", "must begin with postgresql://"),
        ({}, "postgresql://:change-me@127.0.0.1", "everybody can read it"),
        ({"ENTREPOT_SHOP_DEMO": "true"}, SERVER, "no demo data"),
        ({"ENTREPOT_LEADERSHIP_SILENCE": "1"}, SERVER, "three times renew"),
    ],
)
def test_what_is_wrong_is_said(environ: dict[str, str], url: str | None, said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=said):
        read_single(environ, url, tmp_path)


def test_keys_that_others_can_read_are_refused(tmp_path: Path) -> None:
    key = tmp_path / "data" / "accounts" / "keys" / "00000001.json"
    key.parent.mkdir(parents=True)
    key.write_text("{}")
    key.chmod(0o640)
    with pytest.raises(SettingsInvalid, match="can be read by others"):
        check_folder(tmp_path / "data")
    key.chmod(0o600)
    check_folder(tmp_path / "data")


def test_settings_of_the_router_that_cannot_apply_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "router.yaml"
    file.write_text("supergraph: here.graphql\n")
    with pytest.raises(SettingsInvalid, match="supergraph in"):
        read_router_settings(file, None, None, {})
    file.write_text("server: { port: 4010 }\nlimits: { max_depth: 7 }\n")
    config = read_router_settings(file, "0.0.0.0", None, {})  # noqa: S104 - nothing listens
    assert (config.server.host, config.server.port, config.limits.max_depth) == ("0.0.0.0", 4010, 7)  # noqa: S104
    assert (config.identity.mode, config.subscriptions.protocol) == ("internal", "sse")


def test_what_operations_may_cost_is_limited_unless_the_file_says_otherwise(tmp_path: Path) -> None:
    plain = read_router_settings(None, None, None, {})
    assert (plain.demand_control, plain.limits.max_depth) == (DEMAND, MAX_DEPTH)
    file = tmp_path / "router.yaml"
    file.write_text("demand_control: { max_cost: 5 }\nlimits: { max_tokens: 9 }\n")
    config = read_router_settings(file, None, None, {})
    assert (config.demand_control.mode, config.demand_control.max_cost) == ("enforce", 5)
    assert (config.limits.max_depth, config.limits.max_tokens) == (MAX_DEPTH, 9)
    file.write_text('demand_control: { mode: "off" }\nlimits: { max_depth: 64 }\n')
    config = read_router_settings(file, None, None, {})
    assert (config.demand_control.mode, config.limits.max_depth) == ("off", 64)


class TestCommand:
    """What a database that cannot be used looks like on the command line."""

    def run(self, url: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
        arguments = ["serve", "--database-url", url, "--data", str(folder), "--port", "0"]
        assert main(arguments) == 1
        return capsys.readouterr().err

    def test_a_server_that_does_not_answer(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        said = self.run(f"postgresql://:s3cret@127.0.0.1:{free_port()}", tmp_path, capsys)
        assert "entrepot serve: DATABASE_REFUSED: PostgreSQL at 127.0.0.1:" in said

    def test_databases_that_are_missing(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        server = postgres_url().replace("+asyncpg", "").rpartition("/")[0].replace("postgres@", "postgres:none@")
        said = self.run(f"{server}/no_{{name}}_here", tmp_path, capsys)
        assert "DATABASE_MISSING: " in said
        assert "has no database no_accounts_here (accounts). Run `entrepot create-databases`" in said

    def test_roles_that_are_missing(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        place = postgres_url().rpartition("@")[2].partition("/")[0]
        said = self.run(f"postgresql://no_{{name}}_here:s3cret@{place}/no_{{name}}_here", tmp_path, capsys)
        assert "refuses the role no_accounts_here (accounts)" in said
