"""The journeys of the embedded shop, through HAProxy and two routers, on PostgreSQL, Kafka and Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.journeys.test_buying import TestBuying, TestCancelling
from tests.journeys.test_buying import TestTheLastTen as TestHundredCustomers
from tests.journeys.test_clients_shop import test_everyone_who_follows_an_order_gets_its_whole_history
from tests.journeys.test_event_queue import (
    test_dead_letters_are_listed_inspected_retried_and_dropped,
    test_events_are_sent_again_and_take_effect_once,
    test_every_subgraph_has_a_queue_for_administrators_alone,
    test_refused_events_are_retried_or_dropped,
)
from tests.journeys.test_guests import TestOrderingAtOnce as GuestsOrderAtOnce
from tests.journeys.test_hostile import test_each_is_answered_with_its_code
from tests.journeys.test_prices import TestWhatChangesNothing, TestWhatIsShown
from tests.journeys.test_tokens import (
    test_a_logged_out_token_is_worth_nothing,
    test_a_spent_refresh_token_ends_the_session,
    test_another_customers_things_are_unknown,
    test_wrong_tokens_are_refused_whole,
)
from tests.support.invariants import check_invariants
from tests.support.mesh import Shop
from tests.support.up import UpProcess, visit

__all__ = [
    "TestBuying",
    "TestCancelling",
    "TestTheLastTen",
    "TestWhatChangesNothing",
    "TestWhatIsShown",
    "test_a_logged_out_token_is_worth_nothing",
    "test_a_spent_refresh_token_ends_the_session",
    "test_another_customers_things_are_unknown",
    "test_dead_letters_are_listed_inspected_retried_and_dropped",
    "test_each_is_answered_with_its_code",
    "test_events_are_sent_again_and_take_effect_once",
    "test_every_subgraph_has_a_queue_for_administrators_alone",
    "test_everyone_who_follows_an_order_gets_its_whole_history",
    "test_refused_events_are_retried_or_dropped",
    "test_wrong_tokens_are_refused_whole",
]


@pytest.fixture
async def shop(up: UpProcess) -> AsyncIterator[Shop]:
    """The shop, and what must hold of all its data after each journey."""
    async with visit(up) as shop:
        yield shop
        await shop.running.wait_until_idle()
        await check_invariants(shop.running)


class TestGuests(GuestsOrderAtOnce):
    """The response to a sign-in waits for another process here: the worker that hears of the sign-in."""


del GuestsOrderAtOnce


@pytest.mark.long
class TestTheLastTen(TestHundredCustomers):
    """A hundred carts take a while to fill."""


del TestHundredCustomers
