"""The variables of compose files, and what they are when everything runs on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from entrepot.native.variables import choose_variables, fill_in, find_variables
from entrepot.shared.errors import SettingsInvalid

TEXT = "at: ${DB_HOST:-db}:${DB_PORT:-5432}\nsecret: ${PASSWORD:?set it}\nlevel: ${LEVEL:-INFO}\n"


def test_finds_each_with_its_default() -> None:
    assert find_variables(TEXT) == {"DB_HOST": "db", "DB_PORT": "5432", "PASSWORD": None, "LEVEL": "INFO"}


class TestFillIn:
    def test_at_any_depth(self) -> None:
        value = {"a": ["${A:-one}", {"b": "x${B}y"}], "c": 1}
        assert fill_in(value, {"B": "two"}) == {"a": ["one", {"b": "xtwoy"}], "c": 1}

    def test_a_default_stands_in_for_what_is_empty(self) -> None:
        assert fill_in("${A:-one}", {"A": ""}) == "one"

    def test_two_dollars_are_one(self) -> None:
        assert fill_in("$$HOME costs $5", {}) == "$HOME costs $5"

    def test_what_is_missing_is_named_with_the_remedy(self) -> None:
        with pytest.raises(SettingsInvalid, match="PASSWORD is not set: set it"):
            fill_in("${PASSWORD:?set it}", {})


class TestChoose:
    def test_hosts_are_this_machine_and_the_environment_comes_first(self, tmp_path: Path) -> None:
        chosen = choose_variables(TEXT, {"LEVEL": "DEBUG", "PASSWORD": "p", "OTHER": "x"}, tmp_path, free_ports=False)
        assert chosen == {"DB_HOST": "127.0.0.1", "DB_PORT": "5432", "LEVEL": "DEBUG", "PASSWORD": "p"}

    def test_secrets_are_made_up_once_and_kept_for_the_owner(self, tmp_path: Path) -> None:
        first = choose_variables(TEXT, {}, tmp_path, free_ports=False)["PASSWORD"]
        assert len(first) > 20
        assert choose_variables(TEXT, {}, tmp_path, free_ports=False)["PASSWORD"] == first
        assert (tmp_path / "secrets.env").stat().st_mode & 0o777 == 0o600

    def test_free_ports_are_none_of_the_defaults(self, tmp_path: Path) -> None:
        chosen = choose_variables(TEXT, {"PASSWORD": "p"}, tmp_path, free_ports=True)
        assert int(chosen["DB_PORT"]) > 1023
        assert chosen["DB_PORT"] != "5432"
