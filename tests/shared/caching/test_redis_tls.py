"""Redis with TLS, a password and client certificates, on a real server."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis.exceptions import AuthenticationError, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError

from entrepot.shared.caching.redis import build_redis
from entrepot.shared.config import read_settings
from entrepot.shared.errors import SettingsInvalid
from entrepot.wiring.redis_settings import RedisSection
from tests.support.certificates import Authority, Issued
from tests.support.servers import free_port, wait_for_port

PASSWORD = "s3cret"


@dataclass(frozen=True)
class SecureRedis:
    """A server without a plain port, which demands a client certificate and a password."""

    port: int
    authority: Authority
    client: Issued

    def settings(self, **changed: str) -> dict[str, str]:
        return {
            "URL": f"rediss://127.0.0.1:{self.port}/0",
            "PASSWORD": PASSWORD,
            "CA_FILE": self.authority.ca_file,
            "CERT_FILE": self.client.cert_file,
            "KEY_FILE": self.client.key_file,
        } | changed


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureRedis]:
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("needs Redis: install redis-server")
    folder = tmp_path_factory.mktemp("redis-tls")
    authority = Authority(folder, "own")
    issued = authority.issue("server", "127.0.0.1")
    port = free_port()
    options = ["--port", "0", "--tls-port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    options += ["--tls-cert-file", issued.cert_file, "--tls-key-file", issued.key_file]
    options += ["--tls-ca-cert-file", authority.ca_file, "--requirepass", PASSWORD]
    log = folder / "log"
    with log.open("w") as written:
        process = subprocess.Popen([program, *options], stdout=written, stderr=written)
    try:
        wait_for_port(port)
        yield SecureRedis(port, authority, authority.issue("client"))
    finally:
        process.terminate()
        process.wait()


async def ping(settings: Mapping[str, str]) -> bool:
    section = read_settings(RedisSection, {f"R_{name}": value for name, value in settings.items()}, "R")
    client = build_redis(section.url, section.login)
    try:
        return bool(await client.ping())
    finally:
        await client.aclose()


async def test_everything_fits(server: SecureRedis) -> None:
    assert await ping(server.settings())


async def test_the_password_in_the_url_takes_precedence(server: SecureRedis) -> None:
    url = f"rediss://:{PASSWORD}@127.0.0.1:{server.port}/0"
    assert await ping(server.settings(URL=url, PASSWORD="other"))


async def test_a_wrong_password(server: SecureRedis) -> None:
    with pytest.raises(AuthenticationError):
        await ping(server.settings(PASSWORD="wrong"))


async def test_another_ca(server: SecureRedis, tmp_path: Path) -> None:
    with pytest.raises(RedisConnectionError, match="certificate verify failed"):
        await ping(server.settings(CA_FILE=Authority(tmp_path, "other").ca_file))


async def test_another_name(server: SecureRedis) -> None:
    with pytest.raises(RedisConnectionError, match="certificate is not valid for 'localhost'"):
        await ping(server.settings(URL=f"rediss://localhost:{server.port}/0"))


async def test_no_client_certificate(server: SecureRedis) -> None:
    settings = server.settings()
    del settings["CERT_FILE"], settings["KEY_FILE"]
    with pytest.raises(RedisError):
        await ping(settings)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"URL": "redis://127.0.0.1:1/0", "CA_FILE": "/nowhere"}, "Write rediss://"),
        ({"URL": "rediss://127.0.0.1:1/0", "CA_FILE": "/nowhere"}, "The file /nowhere cannot be read"),
        ({"URL": "rediss://127.0.0.1:1/0", "KEY_FILE": "/nowhere"}, "name the certificate file as well"),
    ],
)
async def test_settings_that_do_not_fit_together(settings: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsInvalid, match=said):
        await ping(settings)
