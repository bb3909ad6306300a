"""The generated page of docs/ about states: every state machine of every subgraph, and who may make its transitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from entrepot.shared.states import StateMachine, Transition
from entrepot.subgraphs.registry import SUBGRAPHS, load

_INTRODUCTION: Final = """\
# State machines

Made from the code by `scripts/docs`; change `states.py` of the subgraph instead of this page.

A transition that is neither the owner's nor open to a scope is made by the system: by an event or a job."""


def print_machines_page() -> str:
    """The page, as Markdown."""
    sections = [_print_machine(name, machine) for name in SUBGRAPHS for machine in load(name).machines]
    return "\n\n".join([_INTRODUCTION, *sections]) + "\n"


def _print_machine(subgraph: str, machine: StateMachine[Any]) -> str:
    rows = [(f"`{move.source}`", f"`{move.target}`", _print_callers(move)) for move in machine.transitions]
    diagram = f"```mermaid\n{machine.to_mermaid()}```"
    return "\n\n".join([f"## {machine.name} ({subgraph})", diagram, _table(("from", "to", "by"), rows)])


def _print_callers(move: Transition[Any]) -> str:
    callers = ["its owner"] if move.by_owner else []
    callers += [f"`{move.scope}`"] if move.scope else []
    return " or ".join(callers) or "the system"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, ["---"] * len(head), *rows])
