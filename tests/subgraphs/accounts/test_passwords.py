"""Passwords and email addresses as pure values."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest
from argon2 import PasswordHasher, extract_parameters
from hypothesis import given
from hypothesis import strategies as st

from entrepot.shared.errors import InvalidInput
from entrepot.shared.randomness import SeededRandomness
from entrepot.subgraphs.accounts.config import AccountsSettings
from entrepot.subgraphs.accounts.emails import normalize_email, read_email
from entrepot.subgraphs.accounts.errors import WeakPassword
from entrepot.subgraphs.accounts.passwords import Argon2Passwords, check_strength
from tests.support.accounts import Accounts, codes

CHEAP = AccountsSettings(argon2_time_cost=1, argon2_memory_kib=8)


class TestHash:
    async def test_is_argon2id_with_a_salt_of_its_own(self) -> None:
        passwords = Argon2Passwords(CHEAP, SeededRandomness(1))
        first, second = await passwords.hash("secret"), await passwords.hash("secret")
        assert first.startswith("$argon2id$v=19$m=8,t=1,p=1$")
        assert first != second
        assert await passwords.verify(first, "secret")
        assert not await passwords.verify(first, "Secret")
        assert not passwords.needs_rehash(first)

    async def test_is_made_again_when_parameters_changed(self) -> None:
        stored = await Argon2Passwords(CHEAP, SeededRandomness(1)).hash("secret")
        stronger = Argon2Passwords(replace(CHEAP, argon2_time_cost=2), SeededRandomness(2))
        assert await stronger.verify(stored, "secret")
        assert stronger.needs_rehash(stored)

    async def test_an_unknown_user_takes_the_same_work(self) -> None:
        """What argon2 does depends on the parameters in the stored text and on nothing else of it."""
        passwords = Argon2Passwords(CHEAP, SeededRandomness(1))
        stored = await passwords.hash("secret")
        assert extract_parameters(passwords._unknown) == extract_parameters(stored)
        assert len(passwords._unknown) == len(stored)
        assert not await passwords.verify(None, "secret")
        assert not await passwords.verify(None, "")

    @pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com", "no address"])
    async def test_a_refused_login_verifies_once(
        self, accounts: Accounts, monkeypatch: pytest.MonkeyPatch, email: str
    ) -> None:
        await accounts.register()
        verified = []
        verify = PasswordHasher.verify

        def count(hasher: PasswordHasher, stored: str, password: bytes) -> bool:
            verified.append(extract_parameters(stored))
            return verify(hasher, stored, password)

        monkeypatch.setattr(PasswordHasher, "verify", count)
        assert codes(await accounts.log_in(email, "wrong password")) == ["INVALID_CREDENTIALS"]
        assert [(found.time_cost, found.memory_cost) for found in verified] == [(1, 8)]

    async def test_leaves_the_event_loop_to_others(self) -> None:
        passwords = Argon2Passwords(replace(CHEAP, argon2_memory_kib=32_768, argon2_time_cost=6), SeededRandomness(1))
        turns = 0
        hashing = asyncio.create_task(passwords.hash("secret"))
        while not hashing.done():
            turns += 1
            await asyncio.sleep(0.001)
        assert turns > 3

    async def test_only_so_many_at_a_time(self) -> None:
        passwords = Argon2Passwords(replace(CHEAP, password_threads=1), SeededRandomness(1))
        hashes = await asyncio.gather(*(passwords.hash("secret") for _ in range(8)))
        assert len(set(hashes)) == 8


class TestRehash:
    async def test_at_the_next_login(self, accounts: Accounts) -> None:
        payload = await accounts.register()

        async def stored() -> str:
            async with accounts.under_test.process.database.read() as session:
                connection = await session.connection()
                return str((await connection.exec_driver_sql("SELECT password_hash FROM users")).scalar_one())

        before = await stored()
        dependencies = replace(
            accounts.dependencies, passwords=Argon2Passwords(replace(CHEAP, argon2_time_cost=3), SeededRandomness(9))
        )
        accounts.under_test.transactions.dependencies = dependencies
        assert codes(await accounts.log_in(password="wrong password")) == ["INVALID_CREDENTIALS"]
        assert await stored() == before
        assert codes(await accounts.log_in()) == []
        after = await stored()
        assert "t=3" in after
        assert codes(await accounts.log_in()) == []
        assert await stored() == after
        assert await accounts.principal(payload)


class TestStrength:
    @pytest.mark.parametrize("password", ["x1" * 5, "correct horse", "ﬃ" * 4, "é" * 9 + "x", "x1" * 64])
    def test_is_enough(self, password: str) -> None:
        check_strength(password, "ada@example.com")

    @pytest.mark.parametrize(
        "password",
        [
            "",
            "x1x1x1x1x",
            "ﬁ" * 4,
            "x1" * 64 + "x",
            "PassWord123",
            "a" * 20,
            "Ada.Lovelace@example.com",
            "ada.lovelace",
        ],
    )
    def test_is_not_enough(self, password: str) -> None:
        with pytest.raises(WeakPassword) as caught:
            check_strength(password, "ada.lovelace@example.com", field="newPassword")
        assert caught.value.path == ("newPassword",)

    @given(st.text())
    def test_is_an_answer_for_every_text(self, password: str) -> None:
        with suppress(WeakPassword):
            check_strength(password, "ada@example.com")


class TestEmail:
    @pytest.mark.parametrize(
        ("given_", "read"),
        [
            ("ada@example.com", "ada@example.com"),
            ("\tADA@Example.Com\n", "ada@example.com"),
            ("ada+shop.orders@mail.example.co.uk", "ada+shop.orders@mail.example.co.uk"),
            ("o'brien_1@ex-ample.com", "o'brien_1@ex-ample.com"),
            ("GRÜN@MÜNCHEN.example", "grün@münchen.example"),
            ("\N{FULLWIDTH LATIN SMALL LETTER A}da@example.com", "ada@example.com"),
            (f"{'a' * 64}@example.com", f"{'a' * 64}@example.com"),
        ],
    )
    def test_is_read(self, given_: str, read: str) -> None:
        assert read_email(given_) == read

    @pytest.mark.parametrize(
        "text",
        [
            "", "@", "ada", "ada@", "@example.com", "ada@example", "ada@@example.com", "ada@ex@ample.com",
            "ada lovelace@example.com", "ada@exam ple.com", ".ada@example.com", "ada.@example.com", "a..da@example.com",
            "ada@.example.com", "ada@example..com", "ada@-example.com", "ada@example-.com", "ada@exa_mple.com",
            "ada@example.com.", "Ada <ada@example.com>", '"ada"@example.com', "ada@[127.0.0.1]", "ada\0@example.com",
            "ada@example.com\u200b", "ada\ud800@example.com", f"{'a' * 65}@example.com", f"a@{'b' * 64}.com",
            f"a@{'b.' * 126}com",
        ],
    )  # fmt: skip
    def test_is_refused(self, text: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            read_email(text)
        assert caught.value.path == ("email",)

    @given(st.text() | st.emails())
    def test_is_read_once_for_all(self, text: str) -> None:
        assert normalize_email(normalize_email(text)) == normalize_email(text)
        try:
            email = read_email(text)
        except InvalidInput:
            return
        assert read_email(email.upper().lower()) == read_email(f" {email} ") == email
        assert len(email) <= 254
