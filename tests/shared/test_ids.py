"""Ids: UUIDv7 of RFC 9562, sorted by their making."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.shared.ids import Ids, is_id, read_moment
from entrepot.shared.randomness import SeededRandomness, SystemRandomness
from tests.support.clock import ManualClock


class SteppingClock(ManualClock):
    """Takes any step, also back."""

    def step(self, seconds: float) -> None:
        self._elapsed += seconds


class TestUuid7:
    def test_has_the_fields_of_the_specification(self) -> None:
        moment = datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)
        made = Ids(ManualClock(moment), SystemRandomness()).uuid7()
        assert made.version == 7
        assert made.variant == uuid.RFC_4122
        # The millisecond of the example in RFC 9562, appendix A.6.
        assert made.int >> 80 == 0x017F22E279B0
        assert str(made).startswith("017f22e2-79b0-7")

    def test_sorts_within_one_millisecond_and_beyond_its_counter(self) -> None:
        ids = Ids(ManualClock(), SeededRandomness(1))
        made = [ids.new("ord") for _ in range(10_000)]
        assert made == sorted(made)
        assert len(set(made)) == len(made)
        assert all(is_id(identity, "ord") for identity in made)

    @given(st.lists(st.floats(min_value=-3600, max_value=3600), max_size=50))
    def test_sorts_also_when_the_clock_goes_back(self, steps: list[float]) -> None:
        clock = SteppingClock()
        ids = Ids(clock, SeededRandomness(1))
        made = [ids.uuid7()]
        for step in steps:
            clock.step(step)
            made.append(ids.uuid7())
        assert made == sorted(made)
        assert len(set(made)) == len(made)

    def test_catches_up_with_the_clock(self) -> None:
        clock = SteppingClock()
        ids = Ids(clock, SeededRandomness(1))
        ids.uuid7()
        clock.step(60)
        assert ids.uuid7().int >> 80 == int((clock._start + timedelta(seconds=60)).timestamp() * 1000)


class TestReadMoment:
    def test_is_when_the_id_was_made(self) -> None:
        clock = ManualClock()
        clock.advance(1.234)
        made = read_moment(Ids(clock, SystemRandomness()).new("var"), "var")
        assert made == clock.now()

    def test_what_is_no_such_id_has_none(self) -> None:
        assert read_moment(Ids(ManualClock(), SystemRandomness()).new("var"), "ord") is None
        assert read_moment("ord_none", "ord") is None

    def test_a_moment_after_all_calendars_is_none(self) -> None:
        assert read_moment("ord_ffffffff-ffff-7000-8000-000000000000", "ord") is None


class TestIsId:
    def test_knows_its_own(self) -> None:
        assert is_id(Ids(ManualClock(), SystemRandomness()).new("var"), "var")

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "ord_",
            "ord",
            "var_018f0000-0000-7000-8000-000000000000",
            "ord_018f0000-0000-4000-8000-000000000000",
            "ord_018f0000-0000-7000-7000-000000000000",
            "ord_018F0000-0000-7000-8000-00000000000A",
            "ord_018f0000-0000-7000-8000-000000000000\n",
            "ord_018f0000-0000-7000-8000-0000000000000",
            "x_ord_018f0000-0000-7000-8000-000000000000",
            "ord_018f0000-0000-7000-8000-00000000000\N{ARABIC-INDIC DIGIT ONE}",
        ],
    )
    def test_refuses_what_is_none(self, text: str) -> None:
        assert not is_id(text, "ord")
