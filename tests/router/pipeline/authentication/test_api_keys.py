"""API keys: exchanged for claims, kept as hashes, refused with a code each."""

import json
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from entrepot.router.config import ApiKeyConfig, ApiKeysConfig, AuthenticationConfig, RouterConfig
from entrepot.router.errors import ConfigurationInvalid
from entrepot.router.pipeline.authentication.api_keys import ApiKeys, parse_api_keys
from tests.support.asgi_client import AsgiClient
from tests.support.clock import ManualClock
from tests.support.tokens import bearer

BuildClient = Callable[..., AsgiClient]
SECRET = "correct horse battery staple"


def key(**options: Any) -> ApiKeyConfig:
    return ApiKeyConfig(**{"name": "k", "sha256": sha256(SECRET.encode()).hexdigest(), "subject": "partner", **options})


def config(*keys: ApiKeyConfig, **options: Any) -> RouterConfig:
    return RouterConfig(authentication=AuthenticationConfig(api_keys=ApiKeysConfig(keys=keys), **options))


async def test_a_key_stands_for_its_claims(build_client: BuildClient) -> None:
    client = build_client(config(key(scopes=("people:read",), policies=("payroll",))))
    headers = {"x-api-key": SECRET}
    answer = (await client.query("{ me { email salary } secret }", headers=headers)).json
    assert answer == {"data": {"me": {"email": "ada@example.org", "salary": 1000}, "secret": "the cake"}}
    assert (await client.query("{ vault { gold } }", headers=headers)).codes == ["UNAUTHORIZED_FIELD_OR_TYPE"]


async def test_a_wrong_key_is_refused_even_where_none_is_needed(build_client: BuildClient) -> None:
    client = build_client(config(key()))
    for wrong in ("", SECRET[:-1], SECRET + " ", "x" * 2000):
        refused = await client.query("{ __typename }", headers={"x-api-key": wrong})
        assert (refused.status, refused.codes) == (401, ["API_KEY_INVALID"])
    assert client.app.security.counts["api_key_refused", "API_KEY_INVALID"] == 4


async def test_a_key_expires(build_client: BuildClient, clock: ManualClock) -> None:
    client = build_client(config(key(expires=clock.now() + timedelta(seconds=10))))
    headers = {"x-api-key": SECRET}
    clock.advance(9)
    assert (await client.query("{ secret }", headers=headers)).json["data"] == {"secret": "the cake"}
    clock.advance(1)
    assert (await client.query("{ secret }", headers=headers)).codes == ["API_KEY_EXPIRED"]


async def test_a_key_and_a_token_at_once_are_refused(build_client: BuildClient, clock: ManualClock) -> None:
    client = build_client(config(key()))
    refused = await client.query("{ __typename }", headers={"x-api-key": SECRET, **bearer(clock)})
    assert (refused.status, refused.codes) == (400, ["CREDENTIALS_AMBIGUOUS"])


async def test_where_credentials_are_required_a_key_is_enough(build_client: BuildClient) -> None:
    client = build_client(config(key(), required=True), verifier=None)
    assert (await client.query("{ secret }", headers={"x-api-key": SECRET})).status == 200
    assert (await client.query("{ secret }")).codes == ["UNAUTHENTICATED"]


def test_keys_are_read_from_a_file(tmp_path: Path, build_client: BuildClient) -> None:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps([{"name": "a", "sha256": "a" * 64, "subject": "x", "scopes": ["s"]}]))
    assert parse_api_keys(path.read_bytes(), str(path))[0].scopes == ("s",)
    build_client(RouterConfig(authentication=AuthenticationConfig(api_keys=ApiKeysConfig(file=str(path)))))


@pytest.mark.parametrize("content", ["{}", "[{}]", '[{"name": "a", "sha256": "short", "subject": "x"}]', "no"])
def test_a_file_that_holds_no_keys_is_refused(content: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"keys\.json"):
        parse_api_keys(content.encode(), "keys.json")


def test_two_keys_of_one_name_and_moments_without_zone_are_refused(clock: ManualClock) -> None:
    with pytest.raises(ConfigurationInvalid, match="twice"):
        ApiKeys([key(), key()], clock)
    with pytest.raises(ConfigurationInvalid, match="time zone"):
        ApiKeys([key(expires=clock.now().replace(tzinfo=None))], clock)


def test_the_key_is_in_no_representation(clock: ManualClock) -> None:
    assert SECRET not in repr(ApiKeys([key()], clock).exchange(SECRET))
