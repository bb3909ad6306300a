"""State machines as data: states, transitions, and the scope that permits each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from entrepot.shared.errors import InvalidTransition

S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Transition(Generic[S]):
    """One permitted move; `scope` is what an actor needs for it (None: the system or the owner makes it)."""

    source: S
    target: S
    scope: str | None = None


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
