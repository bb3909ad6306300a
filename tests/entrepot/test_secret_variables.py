"""F16: secrets come from files as well, and placeholders are refused wherever others could know them."""

from pathlib import Path

import pytest

from entrepot.cli import main
from entrepot.router.config import parse_config
from entrepot.router.errors import ConfigurationInvalid
from entrepot.shared.errors import SettingsInvalid
from entrepot.wiring.secret_variables import read_secret_files, refuse_placeholders

URL = "postgresql+asyncpg://orders:{}@127.0.0.1:5432/orders"


class TestFiles:
    def test_the_text_of_the_file_is_the_setting(self, tmp_path: Path) -> None:
        file = tmp_path / "secret"
        file.write_text(f"  {URL.format('s3cret')}\n")
        environ = {"ENTREPOT_ORDERS_DATABASE_URL_FILE": str(file), "OTHER_FILE": "/nowhere", "ENTREPOT_X_FILE": ""}
        read_secret_files(environ)
        assert environ == {"ENTREPOT_ORDERS_DATABASE_URL": URL.format("s3cret"), "OTHER_FILE": "/nowhere"}

    def test_what_names_a_file_itself_stays(self) -> None:
        environ = {"ENTREPOT_AUDIT_KEY_FILE": "/nowhere"}
        read_secret_files(environ)
        assert environ == {"ENTREPOT_AUDIT_KEY_FILE": "/nowhere"}

    def test_both_ways_at_once_are_refused(self, tmp_path: Path) -> None:
        environ = {"ENTREPOT_REDIS_URL_FILE": str(tmp_path), "ENTREPOT_REDIS_URL": "redis://x"}
        with pytest.raises(SettingsInvalid, match="both set"):
            read_secret_files(environ)

    @pytest.mark.parametrize("content", [None, b"\xff", b"x" * 70_000])
    def test_what_cannot_be_a_secret_is_refused(self, tmp_path: Path, content: bytes | None) -> None:
        file = tmp_path / "secret"
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(SettingsInvalid, match="ENTREPOT_REDIS_URL_FILE names"):
            read_secret_files({"ENTREPOT_REDIS_URL_FILE": str(file)})

    def test_so_it_is_in_the_configuration_of_a_router(self, tmp_path: Path) -> None:
        file = tmp_path / "token"
        file.write_text("s3cret\n")
        text = "response_cache: { invalidation: { token: '${TOKEN}' } }"
        assert parse_config(text, {"TOKEN_FILE": str(file)}).response_cache.invalidation.token == "s3cret"
        assert parse_config(text, {"TOKEN_FILE": str(file), "TOKEN": "x"}).response_cache.invalidation.token == "x"
        with pytest.raises(ConfigurationInvalid, match="TOKEN_FILE names cannot be read"):
            parse_config(text, {"TOKEN_FILE": str(tmp_path / "none")})
        with pytest.raises(ConfigurationInvalid, match="TOKEN is not set"):
            parse_config(text, {})


class TestPlaceholders:
    @pytest.mark.parametrize("value", ["change-me", "Change-Me", " changeme ", "redis://:change-me@redis:6379/0"])
    def test_are_refused(self, value: str) -> None:
        with pytest.raises(SettingsInvalid, match="ENTREPOT_REDIS_URL: `change-me` is a placeholder"):
            refuse_placeholders({"ENTREPOT_REDIS_URL": value})

    def test_and_nothing_else(self) -> None:
        refuse_placeholders({"ENTREPOT_A": "never-change-me", "OTHER": "change-me", "ENTREPOT_B": "http://["})

    @pytest.mark.parametrize(
        "command", [["subgraph", "orders"], ["worker", "orders"], ["migrate"], ["create-databases"]]
    )
    @pytest.mark.parametrize("demo", ["true", "false"])
    def test_by_the_commands_of_a_deployment(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str], demo: str
    ) -> None:
        monkeypatch.setenv("ENTREPOT_ORDERS_DATABASE_URL", URL.format("change-me"))
        monkeypatch.setenv("ENTREPOT_SHOP_DEMO", demo)
        assert main(command) == 1
        assert "ENTREPOT_ORDERS_DATABASE_URL: `change-me` is a placeholder" in capsys.readouterr().err

    def test_also_from_a_file(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        file = tmp_path / "secret"
        file.write_text("change-me")
        monkeypatch.setenv("ENTREPOT_ACCOUNTS_FIRST_ADMIN_PASSWORD_FILE", str(file))
        # Set and taken back, so that what is read from the file is taken back as well.
        monkeypatch.setenv("ENTREPOT_ACCOUNTS_FIRST_ADMIN_PASSWORD", "")
        assert main(["migrate"]) == 1

    def test_by_up(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        file = tmp_path / "variables"
        file.write_text("POSTGRES_PASSWORD=change-me\n")
        assert main(["up", "--env-file", str(file), "--data", str(tmp_path / "data")]) == 1
        assert "POSTGRES_PASSWORD: `change-me` is a placeholder" in capsys.readouterr().err
