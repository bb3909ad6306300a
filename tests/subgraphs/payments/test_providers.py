"""What every payment provider must do: the same cases against every adapter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from entrepot.shared.money import Money
from entrepot.subgraphs.payments.adapters.local import LocalProvider
from entrepot.subgraphs.payments.errors import ProviderRefused, ProviderUnanswered, ProviderUnavailable
from entrepot.subgraphs.payments.ports import Authorized, Declined, PaymentProvider

AMOUNT = Money(1999, "EUR")


class Restarting:
    """A local provider that is started anew for every call: nothing may live in its memory."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __getattr__(self, name: str) -> Any:
        return getattr(LocalProvider(self._path), name)


class Paired:
    """Two processes that share a local provider, called in turn."""

    def __init__(self, path: Path) -> None:
        self._pair = [LocalProvider(path), LocalProvider(path)]

    def __getattr__(self, name: str) -> Any:
        self._pair.reverse()
        return getattr(self._pair[0], name)


ADAPTERS: dict[str, Callable[[Path], Any]] = {"local": LocalProvider, "restarting": Restarting, "paired": Paired}


@pytest.fixture(params=ADAPTERS)
def provider(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return ADAPTERS[request.param](tmp_path / "books" / "provider.jsonl")


async def authorize(provider: PaymentProvider, token: str = "tok_visa", key: str = "k", amount: Money = AMOUNT) -> Any:
    return await provider.authorize(key=key, amount=amount, token=token)


async def authorize_patiently(provider: PaymentProvider, token: str, calls: int) -> Any:
    for _ in range(calls):
        with pytest.raises((ProviderUnanswered, ProviderUnavailable)):
            await authorize(provider, token)
    return await authorize(provider, token)


class TestAuthorize:
    async def test_sets_the_amount_aside(self, provider: Any) -> None:
        assert isinstance(await authorize(provider), Authorized)
        assert provider.read_open() == {"k": AMOUNT}

    async def test_of_a_known_key_answers_the_same_and_does_nothing(self, provider: Any) -> None:
        assert await authorize(provider) == await authorize(provider)
        assert provider.read_open() == {"k": AMOUNT}

    @pytest.mark.parametrize(
        ("token", "amount"), [("tok_declined", AMOUNT), ("tok_visa", Money(1, "EUR")), ("tok_visa", Money(1999, "USD"))]
    )
    async def test_of_a_known_key_with_something_else_is_refused(
        self, provider: Any, token: str, amount: Money
    ) -> None:
        await authorize(provider)
        with pytest.raises(ProviderRefused):
            await authorize(provider, token, amount=amount)
        assert provider.read_open() == {"k": AMOUNT}

    async def test_keys_are_independent(self, provider: Any) -> None:
        first, second = await authorize(provider), await authorize(provider, key="other")
        assert first != second
        assert set(provider.read_open()) == {"k", "other"}

    @pytest.mark.parametrize(
        ("token", "reason"),
        [
            ("tok_declined", "CARD_DECLINED"),
            ("tok_insufficient_funds", "INSUFFICIENT_FUNDS"),
            ("nonsense", "INVALID_TOKEN"),
            ("", "INVALID_TOKEN"),
        ],
    )
    async def test_declines_by_token(self, provider: Any, token: str, reason: str) -> None:
        for _ in range(2):
            assert await authorize(provider, token) == Declined(reason)
        assert await provider.find(key="k") == Declined(reason)
        assert provider.read_open() == {}

    async def test_that_times_out_has_taken_effect_and_is_found(self, provider: Any) -> None:
        with pytest.raises(ProviderUnanswered):
            await authorize(provider, "tok_timeout")
        assert provider.read_open() == {"k": AMOUNT}
        found = await provider.find(key="k")
        assert isinstance(found, Authorized)
        assert await authorize(provider, "tok_timeout") == found
        assert provider.read_open() == {"k": AMOUNT}

    async def test_while_unavailable_has_no_effect(self, provider: Any) -> None:
        for _ in range(2):
            with pytest.raises(ProviderUnavailable):
                await authorize(provider, "tok_unavailable")
            assert provider.read_open() == {}
            assert await provider.find(key="k") is None
        assert isinstance(await authorize(provider, "tok_unavailable"), Authorized)

    async def test_that_is_stuck_is_never_answered(self, provider: Any) -> None:
        for _ in range(5):
            with pytest.raises(ProviderUnanswered):
                await authorize(provider, "tok_stuck")
            with pytest.raises(ProviderUnanswered):
                await provider.find(key="k")
        await provider.void(key="k", reference=None)
        assert provider.read_open() == {}


class TestFind:
    async def test_of_an_unknown_key_finds_nothing(self, provider: Any) -> None:
        assert await provider.find(key="k") is None

    async def test_says_what_stands(self, provider: Any) -> None:
        outcome = await authorize(provider)
        assert await provider.find(key="k") == outcome


class TestVoid:
    @pytest.mark.parametrize(("token", "calls"), [("tok_visa", 0), ("tok_timeout", 1), ("tok_unavailable", 2)])
    async def test_lets_go_of_it_however_often(self, provider: Any, token: str, calls: int) -> None:
        outcome = await authorize_patiently(provider, token, calls)
        for reference in (outcome.reference, None):
            await provider.void(key="k", reference=reference)
            assert provider.read_open() == {}
        assert await provider.find(key="k") == Declined("CANCELLED")
        assert await authorize(provider, token) == Declined("CANCELLED")

    async def test_before_the_authorization_declines_it(self, provider: Any) -> None:
        await provider.void(key="k", reference=None)
        assert await authorize(provider) == Declined("CANCELLED")
        assert provider.read_open() == {}

    async def test_of_what_was_declined_changes_nothing(self, provider: Any) -> None:
        await authorize(provider, "tok_declined")
        await provider.void(key="k", reference=None)
        assert await provider.find(key="k") == Declined("CARD_DECLINED")

    async def test_of_another_reference_is_refused(self, provider: Any) -> None:
        await authorize(provider)
        with pytest.raises(ProviderRefused):
            await provider.void(key="k", reference="other")
        assert provider.read_open() == {"k": AMOUNT}


class TestCapture:
    async def test_takes_a_part_once(self, provider: Any) -> None:
        outcome = await authorize(provider)
        for _ in range(2):
            await provider.capture(key="k", reference=outcome.reference, amount=Money(999, "EUR"))
        assert provider.read_open() == {}
        with pytest.raises(ProviderRefused):
            await provider.capture(key="k", reference=outcome.reference, amount=Money(1000, "EUR"))
        with pytest.raises(ProviderRefused):
            await provider.void(key="k", reference=outcome.reference)

    @pytest.mark.parametrize("amount", [Money(2000, "EUR"), Money(0, "EUR"), Money(-1, "EUR"), Money(5, "USD")])
    async def test_of_more_than_there_is_is_refused(self, provider: Any, amount: Money) -> None:
        outcome = await authorize(provider)
        with pytest.raises(ProviderRefused):
            await provider.capture(key="k", reference=outcome.reference, amount=amount)
        assert provider.read_open() == {"k": AMOUNT}

    async def test_of_what_is_not_set_aside_is_refused(self, provider: Any) -> None:
        with pytest.raises(ProviderRefused):
            await provider.capture(key="k", reference="none", amount=AMOUNT)


class TestJournal:
    async def test_a_line_whose_writer_died_within_it_never_was(self, tmp_path: Path) -> None:
        path = tmp_path / "provider.jsonl"
        outcome = await authorize(LocalProvider(path))
        with path.open("ab") as journal:
            journal.write(b'{"key":"other","sta')
        provider = LocalProvider(path)
        assert await provider.find(key="k") == outcome
        assert await provider.find(key="other") is None
        await authorize(provider, key="third")
        assert set(LocalProvider(path).read_open()) == {"k", "third"}
