"""Signing keys: made once, closed to others, and rotated without a token that nobody can verify."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path
from stat import S_IMODE

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from entrepot.shared.environment import Environment
from entrepot.shared.randomness import SeededRandomness
from entrepot.subgraphs.accounts.config import DAY, AccountsSettings
from entrepot.subgraphs.accounts.key_files import (
    KeyFile,
    KeyFileInvalid,
    generate_key_text,
    list_key_numbers,
    read_key,
    write_key,
)
from entrepot.subgraphs.accounts.key_ring import KeyRing
from entrepot.subgraphs.accounts.tokens import TokenIssuer
from entrepot.subgraphs.registry import load_permissions
from tests.support.accounts import Accounts
from tests.support.clock import ManualClock

SETTINGS = AccountsSettings()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def folder(tmp_path: Path, key_folder: Path) -> Path:
    return Path(shutil.copytree(key_folder, tmp_path / "keys"))


@pytest.fixture
def ring(folder: Path, clock: ManualClock) -> KeyRing:
    return KeyRing.open(folder, clock, SETTINGS)


def published(ring: KeyRing) -> list[str]:
    return [key["kid"] for key in ring.public_key_set()["keys"]]


class TestOpen:
    def test_makes_a_key_once_for_its_owner_alone(self, tmp_path: Path, clock: ManualClock) -> None:
        folder = tmp_path / "data" / "keys"
        first = KeyRing.open(folder, clock, SETTINGS).signing_key()
        assert KeyRing.open(folder, clock, SETTINGS).signing_key().id == first.id
        (path,) = folder.iterdir()
        assert S_IMODE(path.stat().st_mode) == 0o600
        assert S_IMODE(folder.stat().st_mode) == 0o700
        assert first.private_key.key_size == 2048

    def test_of_two_processes_the_first_one_writes(self, tmp_path: Path, clock: ManualClock) -> None:
        file = KeyFile(clock.now(), clock.now(), generate_key_text())
        assert list_key_numbers(tmp_path) == []
        assert write_key(tmp_path, 1, file)
        first = KeyRing.open(tmp_path, clock, SETTINGS).signing_key()
        assert not write_key(tmp_path, 1, KeyFile(clock.now(), clock.now(), generate_key_text()))
        assert KeyRing.open(tmp_path, clock, SETTINGS).signing_key().id == first.id
        assert [path.name for path in tmp_path.iterdir()] == ["00000001.json"]

    @pytest.mark.parametrize("content", ["", "{}", '{"created_at": 1}', "\x00"])
    def test_a_broken_file_is_named(self, folder: Path, clock: ManualClock, content: str) -> None:
        path = folder / "00000001.json"
        path.write_text(content)
        with pytest.raises(KeyFileInvalid, match=r"00000001\.json"):
            KeyRing.open(folder, clock, SETTINGS)

    def test_another_kind_of_key_is_refused(self, folder: Path, clock: ManualClock) -> None:
        pem = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        assert write_key(folder, 2, KeyFile(clock.now(), clock.now(), pem.decode()))
        with pytest.raises(KeyFileInvalid, match="not an RSA key"):
            KeyRing.open(folder, clock, SETTINGS)

    def test_a_key_that_another_process_removes_meanwhile_is_none(self, folder: Path) -> None:
        assert read_key(folder, 7) is None


class TestRotate:
    async def test_publishes_the_next_key_before_it_signs(self, ring: KeyRing, clock: ManualClock) -> None:
        old = ring.signing_key()
        new = await ring.rotate()
        assert ring.signing_key() is old
        assert published(ring) == [old.id, new.id]
        assert ring.retired_at(old) == new.signs_from
        clock.advance(SETTINGS.key_publication_lead)
        assert ring.signing_key() is new
        assert ring.retired_at(new) is None

    async def test_keeps_the_old_key_until_its_last_token_has_expired(
        self, ring: KeyRing, clock: ManualClock, folder: Path
    ) -> None:
        old = ring.signing_key()
        new = await ring.rotate()
        clock.advance(SETTINGS.key_publication_lead + SETTINGS.access_token_lifetime + 59)
        assert published(ring) == [old.id, new.id]
        assert ring.remove_expired() == 0
        clock.advance(1)
        assert published(ring) == [new.id]
        assert not await ring.find_keys(old.id)
        assert ring.remove_expired() == 1
        assert list_key_numbers(folder) == [2]

    async def test_two_processes_see_each_others_keys_in_time(
        self, ring: KeyRing, clock: ManualClock, folder: Path
    ) -> None:
        other = KeyRing.open(folder, clock, SETTINGS)
        new = await ring.rotate()
        clock.advance(SETTINGS.key_set_max_age)
        assert published(other) == published(ring)
        clock.advance(SETTINGS.key_publication_lead)
        assert other.signing_key().id == new.id

    async def test_two_processes_rotate_once(self, ring: KeyRing, clock: ManualClock, folder: Path) -> None:
        other = KeyRing.open(folder, clock, SETTINGS)
        clock.advance(SETTINGS.key_rotation_interval)
        await asyncio.gather(ring.rotate_when_due(), other.rotate_when_due())
        assert len(list_key_numbers(folder)) == 2
        assert not await other.rotate_when_due()

    async def test_is_due_so_that_a_key_signs_for_the_interval(self, ring: KeyRing, clock: ManualClock) -> None:
        clock.advance(SETTINGS.key_rotation_interval - SETTINGS.key_publication_lead - 1)
        assert not await ring.rotate_when_due()
        clock.advance(1)
        assert await ring.rotate_when_due()
        assert not await ring.rotate_when_due()

    async def test_every_token_can_be_verified_while_it_lives(self, folder: Path, clock: ManualClock) -> None:
        """A router that keeps the key set as long as it may, over months of rotation in another process."""
        settings = replace(SETTINGS, key_rotation_interval=DAY, access_token_lifetime=3600)
        worker, server = (KeyRing.open(folder, clock, settings) for _ in range(2))
        issuer = TokenIssuer(settings, server, Environment.of(clock, SeededRandomness(1)), load_permissions())
        living: list[tuple[float, str]] = []
        used = set()
        kept: list[str] = []
        for minute in range(0, 5 * 24 * 60, 5):
            if minute % 60 == 0:
                await worker.rotate_when_due()
                worker.remove_expired()
            if clock.monotonic() % settings.key_set_max_age == 0:
                kept = published(server)
            living.append((clock.monotonic() + 3600, server.signing_key().id))
            living = [(expires, kid) for expires, kid in living if expires > clock.monotonic()]
            used.update(kid for _, kid in living)
            assert {kid for _, kid in living} <= set(kept)
            clock.advance(300)
        assert issuer.issue(user_id="usr_1", session_id="ses_1", roles=[]).expires_in == 3600
        assert len(used) == 5
        assert len(list_key_numbers(folder)) <= 2


class TestJob:
    async def test_rotates_and_tokens_go_on_to_be_taken(self, accounts: Accounts) -> None:
        payload = await accounts.register()
        await accounts.under_test.run_jobs()
        assert len(accounts.dependencies.keys.published_keys()) == 1
        accounts.clock.advance(SETTINGS.key_rotation_interval - SETTINGS.key_publication_lead)
        await accounts.under_test.run_jobs()
        assert len(accounts.dependencies.keys.published_keys()) == 2
        payload = await accounts.log_in()
        accounts.clock.advance(SETTINGS.access_token_lifetime - 1)
        assert await accounts.principal(payload)
        accounts.clock.advance(SETTINGS.key_publication_lead)
        assert await accounts.principal(await accounts.log_in())
        accounts.clock.advance(SETTINGS.access_token_lifetime + 60)
        await accounts.under_test.run_jobs()
        assert len(accounts.dependencies.keys.published_keys()) == 1
