"""From where an order's pieces are taken."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from entrepot.subgraphs.inventory.allocation import Level, Pick, Shortage, allocate

LEVELS = st.lists(
    st.builds(Level, st.sampled_from("ab"), st.sampled_from("123"), st.integers(0, 9)),
    unique_by=lambda level: (level.variant_id, level.location_id),
)
WANTED = st.dictionaries(st.sampled_from("ab"), st.integers(1, 12))


class TestAllocate:
    def test_prefers_a_location_that_has_all(self) -> None:
        levels = [Level("a", "1", 2), Level("a", "2", 3), Level("a", "3", 9)]
        assert allocate({"a": 3}, levels).picks == (Pick("a", "2", 3),)

    def test_empties_the_fullest_first_when_none_has_all(self) -> None:
        levels = [Level("a", "1", 2), Level("a", "2", 1), Level("a", "3", 5)]
        assert allocate({"a": 6}, levels).picks == (Pick("a", "1", 1), Pick("a", "3", 5))

    def test_picks_nothing_when_one_variant_lacks(self) -> None:
        allocation = allocate({"a": 1, "b": 2, "c": 1}, [Level("a", "1", 5), Level("b", "1", 1)])
        assert allocation.picks == ()
        assert allocation.shortages == (Shortage("b", 2, 1), Shortage("c", 1, 0))

    @given(WANTED, LEVELS)
    def test_fills_exactly_what_is_wanted_from_what_is_there(self, wanted: dict[str, int], levels: list[Level]) -> None:
        allocation = allocate(wanted, levels)
        available = {(level.variant_id, level.location_id): level.available for level in levels}
        totals = Counter(dict.fromkeys(wanted, 0))
        for (variant, _), pieces in available.items():
            totals[variant] += pieces
        if allocation.shortages:
            assert allocation.picks == ()
            assert [lack.variant_id for lack in allocation.shortages] == [
                v for v in sorted(wanted) if totals[v] < wanted[v]
            ]
            return
        taken: Counter[str] = Counter()
        for pick in allocation.picks:
            assert 0 < pick.quantity <= available[pick.variant_id, pick.location_id]
            taken[pick.variant_id] += pick.quantity
        assert taken == wanted
        places = [(pick.variant_id, pick.location_id) for pick in allocation.picks]
        assert places == sorted(set(places))

    @given(WANTED, LEVELS, st.randoms())
    def test_does_not_depend_on_the_order_of_what_it_is_given(
        self, wanted: dict[str, int], levels: list[Level], random: object
    ) -> None:
        shuffled = list(levels)
        random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis's Random
        assert allocate(wanted, shuffled) == allocate(wanted, levels)
