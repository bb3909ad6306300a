"""State machines as data."""

from __future__ import annotations

from enum import StrEnum

import pytest

from entrepot.shared.auth import Principal
from entrepot.shared.errors import InvalidTransition
from entrepot.shared.states import StateMachine, Transition


class Light(StrEnum):
    RED = "RED"
    GREEN = "GREEN"
    OFF = "OFF"


LIGHT = StateMachine(
    "light",
    Light.RED,
    [
        Transition(Light.RED, Light.GREEN),
        Transition(Light.GREEN, Light.RED),
        Transition(Light.GREEN, Light.OFF, "lights:write"),
    ],
)


def test_permits_what_is_declared_and_nothing_else() -> None:
    declared = {(move.source, move.target) for move in LIGHT.transitions}
    for source in Light:
        for target in Light:
            if (source, target) in declared:
                assert LIGHT.check(source, target).target is target
            else:
                with pytest.raises(InvalidTransition):
                    LIGHT.check(source, target)


def test_an_illegal_move_says_what_is_allowed() -> None:
    with pytest.raises(InvalidTransition) as caught:
        LIGHT.check(Light.GREEN, Light.GREEN)
    assert (caught.value.source, caught.value.target, caught.value.allowed) == ("GREEN", "GREEN", ["OFF", "RED"])
    with pytest.raises(InvalidTransition, match="it is final"):
        LIGHT.check(Light.OFF, Light.RED)


def test_knows_its_states() -> None:
    assert LIGHT.next_states(Light.GREEN) == {Light.RED, Light.OFF}
    assert [state for state in Light if LIGHT.is_final(state)] == [Light.OFF]
    assert LIGHT.check(Light.GREEN, Light.OFF).scope == "lights:write"


@pytest.mark.parametrize(
    ("scopes", "is_owner", "allowed"),
    [
        ([], False, []),
        ([], True, [Light.RED]),
        (["lights:write"], False, [Light.OFF]),
        (["lights:write"], True, list("RO")),
    ],
)
def test_says_what_a_caller_may_do(scopes: list[str], is_owner: bool, allowed: list[str]) -> None:  # noqa: FBT001 - a case
    machine = StateMachine(
        "light",
        Light.RED,
        [Transition(Light.GREEN, Light.OFF, "lights:write"), Transition(Light.GREEN, Light.RED, by_owner=True)],
    )
    principal = Principal(user_id="usr_1", scopes=frozenset(scopes))
    found = machine.allowed_states(Light.GREEN, principal, is_owner=is_owner)
    assert [state[0] for state in found] == [state[0] for state in allowed]
    assert machine.sources_of(Light.OFF) == [Light.GREEN]


def test_prints_itself() -> None:
    assert LIGHT.to_mermaid().splitlines() == [
        "stateDiagram-v2",
        "    [*] --> RED",
        "    RED --> GREEN",
        "    GREEN --> RED",
        "    GREEN --> OFF",
        "    OFF --> [*]",
    ]


def test_a_move_declared_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        StateMachine("light", Light.RED, [Transition(Light.RED, Light.OFF), Transition(Light.RED, Light.OFF, "x:y")])
