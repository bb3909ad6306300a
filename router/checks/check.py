"""The schema check: what changes between two versions of a graph, and what it does to clients."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from entrepot.router.checks.api import compare_api_schemas
from entrepot.router.checks.change import Change, Criticality
from entrepot.router.checks.deprecation import weigh_removals
from entrepot.router.checks.events import compare_events
from entrepot.router.checks.meaning import compare_meaning
from entrepot.router.checks.operations import (
    KnownOperation,
    Traffic,
    Usage,
    collect_usage,
    compare_plans,
    find_broken_operations,
)
from entrepot.router.checks.places import find_place, index_places
from entrepot.router.checks.renames import recognise_renames
from entrepot.router.checks.versions import Version
from entrepot.router.composition import CompositionHint, build_contract

_REGARDLESS_OF_USAGE = frozenset({"AUTHORIZATION_LOOSENED", "AUTHORIZATION_TIGHTENED", "CONTRACT_NOT_COMPOSED"})
"""No usage is no evidence for these: a caller that was refused sent no operation, and a contract is used as a whole."""
_SHOWN = 5
"""How many of the operations that use an element are named."""


@dataclass(frozen=True, slots=True)
class Contract:
    """A graph with fewer elements, by the tags that it includes or excludes."""

    name: str
    include: frozenset[str] = frozenset()
    exclude: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class GracePeriod:
    """How long an element is deprecated before it may be removed, counted to `today`."""

    length: timedelta
    today: date


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What the check found; without a composition of the head there are no changes.

    `hints` are those of the head that the base has not. `operations` is how many operations of clients were looked at;
    None when there were none to look at.
    """

    base: Version
    head: Version
    changes: tuple[Change, ...] = ()
    hints: tuple[CompositionHint, ...] = ()
    operations: int | None = None
    remarks: tuple[str, ...] = ()

    @property
    def is_passed(self) -> bool:
        return self.head.is_composed and not any(change.is_refused for change in self.changes)


def check_versions(
    base: Version,
    head: Version,
    *,
    operations: Sequence[KnownOperation] | None = None,
    contracts: Iterable[Contract] = (),
    traffic: Traffic | None = None,
    grace: GracePeriod | None = None,
) -> CheckResult:
    """Compare two versions. With one that does not compose nothing is compared; of a base, a remark says so.

    With operations, a breaking change that none of them uses is safe; with the traffic too, none that clients send
    often enough, as long as all that they send is among the operations. With a grace period, the removal of what was
    deprecated for as long is dangerous, not breaking. Raises SupergraphInvalid for a supergraph that cannot be read.
    """
    hints = tuple(hint for hint in head.composition.hints if hint not in base.composition.hints)
    if not (base.is_composed and head.is_composed):
        remark = f"{base.name} does not compose: nothing was compared with it."
        return CheckResult(base, head, hints=hints, remarks=() if base.is_composed else (remark,))
    changes = recognise_renames(compare_api_schemas(base.api_schema, head.api_schema), base.api_schema, head.api_schema)
    changes += compare_meaning(base.supergraph, head.supergraph)
    for contract in contracts:
        changes += _compare_contract(base, head, contract, changes)
    if grace is not None:
        changes = weigh_removals(changes, base.api_schema, grace.length, grace.today)
    remarks: list[str] = []
    if operations is not None:
        changes, remarks = _weigh_by_usage(changes, base, head, operations, traffic)
    if base.events is not None and head.events is not None:
        changes += compare_events(base.events, head.events)
    places = index_places(head, "head"), index_places(base, "base")
    placed = [replace(change, place=find_place(change.coordinate, *places)) for change in changes]
    rank = list(Criticality)
    placed.sort(key=lambda change: rank.index(change.criticality))
    count = None if operations is None else len(operations)
    return CheckResult(base, head, tuple(placed), hints, count, tuple(remarks))


def _weigh_by_usage(
    changes: Iterable[Change],
    base: Version,
    head: Version,
    operations: Sequence[KnownOperation],
    traffic: Traffic | None,
) -> tuple[list[Change], list[str]]:
    """The changes, weighed by what clients send, with those of the operations themselves; and remarks."""
    valid = [operation for operation in operations if operation.is_valid(base.api_schema)]
    sent = [operation for operation in valid if traffic is None or traffic.is_used(operation.hash)]
    unknown = 0 if traffic is None else traffic.count_unknown(operation.hash for operation in operations)
    usage = collect_usage(sent, base.api_schema)
    broken = list(find_broken_operations(valid, head.api_schema))
    lost = {change.coordinate for change in broken}
    if traffic is not None:
        used = {operation.label for operation in sent}
        hashes = {operation.label: operation.hash for operation in valid}
        broken = [_weigh_broken(change, used, traffic.describe(hashes[change.coordinate])) for change in broken]
    weighed = list(changes) if unknown else [_weigh(change, usage) for change in changes]
    weighed += [*broken, *compare_plans([each for each in valid if each.label not in lost], base, head)]
    if not unknown:
        return weighed, []
    remark = (
        f"{unknown} requests of the traffic are of documents that are not among the operations: what breaks for them "
        "is unknown, and no breaking change counts as unused."
    )
    return weighed, [remark]


def _weigh_broken(change: Change, used: Container[str], sent: str) -> Change:
    """An operation that breaks, with how often it is sent; one that is hardly sent breaks nobody."""
    if change.coordinate in used:
        return replace(change, evidence=f"Sent by {sent}.")
    return replace(change, criticality=Criticality.SAFE, evidence=f"Not in use: {sent}.")


def _compare_contract(base: Version, head: Version, contract: Contract, known: Iterable[Change]) -> list[Change]:
    """The changes that only the contract has, such as those of a field whose tag was removed."""
    before, after = (_build_contract(version, contract) for version in (base, head))
    if not before.is_composed:
        return []
    if not after.is_composed:
        reasons = " ".join(error.message for error in after.composition.errors)
        message = f"The contract {contract.name} does not compose any more: {reasons}"
        return [replace(Change.of("CONTRACT_NOT_COMPOSED", contract.name, message), contract=contract.name)]
    seen = {(change.code, change.coordinate, change.message) for change in known}
    return [
        replace(change, contract=contract.name)
        for change in compare_api_schemas(before.api_schema, after.api_schema)
        if (change.code, change.coordinate, change.message) not in seen
    ]


def _build_contract(version: Version, contract: Contract) -> Version:
    assert version.composition.supergraph_sdl is not None, "only what composes has contracts"
    composition = build_contract(version.composition.supergraph_sdl, contract.include, contract.exclude)
    return Version(f"{version.name} {contract.name}", (), {}, composition)


def _weigh(change: Change, usage: Usage) -> Change:
    """A breaking change with what uses it; one that nothing uses is safe."""
    if change.criticality is not Criticality.BREAKING or change.code in _REGARDLESS_OF_USAGE:
        return change
    users = usage.find(change.affected or change.coordinate)
    if not users:
        evidence = f"None of {usage.count} known operations uses it."
        return replace(change, criticality=Criticality.SAFE, evidence=_join(change.evidence, evidence))
    names, others = ", ".join(users[:_SHOWN]), len(users) - _SHOWN
    names += f" and {others} more" if others > 0 else ""
    return replace(change, evidence=_join(change.evidence, f"Used by {names}."))


def _join(first: str | None, second: str) -> str:
    return second if first is None else f"{first} {second}"
