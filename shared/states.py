"""State machines as data: states, transitions, and the scope that permits each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from entrepot.shared.auth import Principal
from entrepot.shared.errors import InvalidTransition

S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Transition(Generic[S]):
    """One permitted move, by callers with `scope`, and by the owner if `by_owner`; without either, by the system."""

    source: S
    target: S
    scope: str | None = None
    by_owner: bool = False

    def is_open_to(self, principal: Principal, *, is_owner: bool) -> bool:
        """Whether this caller may make it."""
        if self.by_owner and is_owner:
            return True
        return self.scope is not None and principal.has_scopes([[self.scope]])


class StateMachine(Generic[S]):
    """A named table of transitions that code asks, tests walk and docs print."""

    def __init__(self, name: str, initial: S, transitions: Iterable[Transition[S]]) -> None:
        """Raises ValueError when a transition is declared twice."""
        self.name = name
        self.initial = initial
        self.states = type(initial)
        self.transitions = tuple(transitions)
        self._next: dict[S, dict[S, Transition[S]]] = {state: {} for state in self.states}
        for transition in self.transitions:
            if transition.target in self._next[transition.source]:
                raise ValueError(f"{name} declares {transition.source} to {transition.target} twice.")
            self._next[transition.source][transition.target] = transition

    def next_states(self, state: S) -> frozenset[S]:
        """Where one may go from here; empty for a final state."""
        return frozenset(self._next[state])

    def allowed_states(self, state: S, principal: Principal, *, is_owner: bool = False) -> list[S]:
        """Where this caller may move it from here, in the order of the declared states."""
        moves = self._next[state]
        return [
            target
            for target in self.states
            if target in moves and moves[target].is_open_to(principal, is_owner=is_owner)
        ]

    def sources_of(self, target: S) -> list[S]:
        """From where one may come to this state: the guard of a conditional UPDATE."""
        return [move.source for move in self.transitions if move.target == target]

    def is_final(self, state: S) -> bool:
        return not self._next[state]

    def check(self, source: S, target: S) -> Transition[S]:
        """The transition; raises InvalidTransition, which names the allowed ones."""
        try:
            return self._next[source][target]
        except KeyError:
            raise InvalidTransition(self.name, source, target, self._next[source]) from None

    def to_mermaid(self) -> str:
        """The machine as a Mermaid state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        lines += [f"    {move.source} --> {move.target}" for move in self.transitions]
        lines += [f"    {state} --> [*]" for state in self.states if self.is_final(state)]
        return "\n".join(lines) + "\n"
