"""The settings of a distributed process, and what it refuses to start without."""

from __future__ import annotations

from pathlib import Path

import pytest

from entrepot.shared.errors import SettingsInvalid
from entrepot.wiring.distributed import read_public_key
from entrepot.wiring.distributed_settings import read_distributed, require_kafka, require_redis

URL = "postgresql+asyncpg://{name}:s3cret@127.0.0.1:5432/{name}"


def test_one_url_for_all_and_one_of_its_own() -> None:
    own = "postgresql+asyncpg://other:s3cret@10.0.0.1/other"
    environ = {"ENTREPOT_DATABASE_URL": URL, "ENTREPOT_ORDERS_DATABASE_URL": own}
    assert read_distributed(environ, ["carts", "orders"]).urls == {
        "carts": "postgresql+asyncpg://carts:s3cret@127.0.0.1:5432/carts",
        "orders": own,
    }


def test_the_subgraphs_own_settings_come_without_the_url() -> None:
    environ = {"ENTREPOT_ORDERS_DATABASE_URL": URL, "ENTREPOT_ORDERS_CART_WAIT": "1"}
    assert read_distributed(environ, ["orders"]).own == {"ENTREPOT_ORDERS_CART_WAIT": "1"}


def test_limits_of_connections_are_settings() -> None:
    environ = {
        "ENTREPOT_DATABASE_URL": URL,
        "ENTREPOT_DATABASE_STATEMENT_TIMEOUT": "3",
        "ENTREPOT_DATABASE_POOL_SIZE": "2",
    }
    connections = read_distributed(environ, ["orders"]).connections
    assert (connections.statement_timeout, connections.pool_size) == (3.0, 2)


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, "ENTREPOT_ORDERS_DATABASE_URL is not set"),
        ({"ENTREPOT_DATABASE_URL": "nonsense"}, "no URL"),
        ({"ENTREPOT_DATABASE_URL": "sqlite:///orders.db"}, "several processes write"),
        ({"ENTREPOT_DATABASE_URL": URL.replace("s3cret", "change-me")}, "everybody can read it"),
        ({"ENTREPOT_DATABASE_URL": URL, "ENTREPOT_DATABASE_POOL_SIZE": "0"}, "too small: pool_size"),
        ({"ENTREPOT_DATABASE_URL": URL, "ENTREPOT_KAFKA_BROKER": "a:1"}, "ENTREPOT_KAFKA_BROKERS"),
    ],
)
def test_what_is_wrong_is_said(environ: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsInvalid, match=said):
        read_distributed(environ, ["orders"])


def test_passwords_of_the_examples_are_good_enough_for_a_demonstration() -> None:
    url = URL.replace("s3cret", "change-me")
    assert read_distributed({"ENTREPOT_DATABASE_URL": url, "ENTREPOT_SHOP_DEMO": "true"}, ["orders"]).shop.demo


def test_several_processes_without_kafka_are_refused_and_told_why() -> None:
    settings = read_distributed({"ENTREPOT_DATABASE_URL": URL}, ["orders"])
    with pytest.raises(SettingsInvalid, match="would never arrive at the others"):
        require_kafka(settings.kafka)
    with pytest.raises(SettingsInvalid, match="would stay logged in"):
        require_redis(settings.redis)


def test_a_key_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="cannot be read"):
        read_public_key(tmp_path / "missing.pem")
    (tmp_path / "key.pem").write_text("nonsense")
    with pytest.raises(SettingsInvalid, match="no public key"):
        read_public_key(tmp_path / "key.pem")
