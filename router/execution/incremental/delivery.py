"""The state of an incremental response: pending fragments, delivered data, remaining parts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from entrepot.router.execution.incremental.deferred_output import Group, Place
from entrepot.router.execution.incremental.payloads import CompletedFragment, DeliveredData, Payload, PendingFragment
from entrepot.router.execution.paths import JsonObject, Location
from entrepot.router.selection import Deferral

Entries = list[dict[str, Any]]


@dataclass(slots=True, eq=False)
class Awaited:
    """A deferred fragment on one object; `groups` counts those not delivered yet."""

    deferral: Deferral
    fragment: PendingFragment
    groups: int = 0
    is_announced: bool = False
    is_over: bool = False
    has_failed: bool = False


@dataclass(slots=True, eq=False)
class Anchor:
    """A group on one object: the merged data of the object, and the way to it in the client's answer."""

    group: Group
    item: JsonObject
    path: Location
    trail: tuple[Any, ...]
    fragments: tuple[Awaited, ...] = ()


@dataclass(slots=True)
class Projected:
    """What a group comes to; `data` None when a null went up to the edge."""

    data: JsonObject | None
    errors: Entries


Project = Callable[[Anchor], Projected]


class Delivery:
    """The state of one answer (incremental delivery, "Yield Incremental Results")."""

    def __init__(self, deferrals: Iterable[Deferral]) -> None:
        self._deferrals = {item.number: item for item in deferrals}
        self._known: dict[tuple[int, Location], Awaited] = {}
        self._waiting: list[Anchor] = []

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be delivered."""
        return not self._waiting

    def list_wanted(self) -> set[int]:
        """The deferred fragments of which something is still awaited on some object."""
        return {each.deferral.number for anchor in self._waiting for each in anchor.fragments if not each.is_over}

    def begin(self, place: Place | None, item: JsonObject, data: JsonObject | None) -> Payload:
        """Looks for groups in what the primary part delivered, and announces their fragments."""
        payload = Payload()
        if place is not None and data is not None:
            self._add(place, item, data, (), ())
        self._announce(payload)
        payload.has_next = bool(self._waiting)
        return payload

    def advance(self, fetched: Collection[int], project: Project) -> Payload:
        """Delivers all that is ready now that these fragments are fetched."""
        payload = Payload()
        while ready := [anchor for anchor in self._waiting if _is_ready(anchor, fetched)]:
            taken = set(map(id, ready))
            self._waiting = [anchor for anchor in self._waiting if id(anchor) not in taken]
            for anchor in ready:
                self._deliver(anchor, project, payload)
            self._complete(payload)
            self._waiting = [anchor for anchor in self._waiting if not all(each.is_over for each in anchor.fragments)]
        payload.has_next = bool(self._waiting)
        return payload

    def abandon(self, entry: dict[str, Any]) -> Payload:
        """Ends everything that is announced and not delivered, with this error."""
        open_fragments = [each for each in self._known.values() if each.is_announced and not each.is_over]
        self._waiting = []
        return Payload(completed=[CompletedFragment(each.fragment, [entry]) for each in open_fragments], has_next=False)

    def _deliver(self, anchor: Anchor, project: Project, payload: Payload) -> None:
        live = [each for each in anchor.fragments if not each.is_over]
        if not live:
            return
        projected = project(anchor)
        if projected.data is None:
            for each in live:
                each.is_over = each.has_failed = True
                if each.is_announced:
                    payload.completed.append(CompletedFragment(each.fragment, projected.errors))
            return
        # The fragment that is nearest to the object comes first: its id locates the data.
        live.sort(key=lambda each: (not each.is_announced, -len(each.fragment.path)))
        fragments = tuple(each.fragment for each in live)
        payload.delivered.append(DeliveredData(fragments, anchor.path, anchor.trail, projected.data, projected.errors))
        for each in live:
            each.groups -= 1
        if anchor.group.place is not None:
            self._add(anchor.group.place, anchor.item, projected.data, anchor.path, anchor.trail)

    def _complete(self, payload: Payload) -> None:
        """Completes fragments of which all is delivered; those inside of them are announced, and may be ready too."""
        for each in list(self._known.values()):
            if each.groups == 0 and not each.is_over:
                each.is_over = True
                if each.is_announced:
                    payload.completed.append(CompletedFragment(each.fragment))
        self._announce(payload)

    def _announce(self, payload: Payload) -> None:
        for each in self._known.values():
            if each.is_announced or each.is_over:
                continue
            around = next(self._list_around(each), None)
            if around is None:
                each.is_announced = True
                payload.pending.append(each.fragment)
            elif around.has_failed:
                each.is_over = each.has_failed = True

    def _list_around(self, inner: Awaited) -> Iterator[Awaited]:
        """The fragments around one that hold it back: not all of them is delivered, or they failed."""
        number = inner.deferral.parent
        while number is not None:
            deferral = self._deferrals[number]
            around = self._known.get((number, _cut(inner.fragment.path, len(deferral.path))))
            if around is not None and (around.has_failed or not around.is_over):
                yield around
            number = deferral.parent

    def _add(self, place: Place, item: JsonObject, data: JsonObject, path: Location, trail: tuple[Any, ...]) -> None:
        for anchor in _find_anchors(place, item, data, path, trail):
            anchor.fragments = tuple(self._await(number, anchor.path) for number in sorted(anchor.group.fragments))
            self._waiting.append(anchor)

    def _await(self, number: int, path: Location) -> Awaited:
        deferral = self._deferrals[number]
        own = _cut(path, len(deferral.path))
        awaited = self._known.get((number, own))
        if awaited is None:
            fragment = PendingFragment(str(len(self._known)), own, deferral.label)
            awaited = self._known[number, own] = Awaited(deferral, fragment)
        awaited.groups += 1
        return awaited


def _is_ready(anchor: Anchor, fetched: Collection[int]) -> bool:
    return any(each.is_announced and not each.is_over and each.deferral.number in fetched for each in anchor.fragments)


def _cut(path: Location, keys: int) -> Location:
    """The path up to the object that this many response keys lead to, with the indices that follow the last of them."""
    for index, step in enumerate(path):
        if isinstance(step, str):
            if keys == 0:
                return path[:index]
            keys -= 1
    return path


def _find_anchors(place: Place, item: Any, value: Any, path: Location, trail: tuple[Any, ...]) -> Iterator[Anchor]:
    """The groups on and below an object that the client has; where it has null there is nothing to be delivered."""
    if item.__class__ is list and value.__class__ is list:
        for index, (inner, given) in enumerate(zip(item, value, strict=False)):
            yield from _find_anchors(place, inner, given, (*path, index), (*trail, given))
        return
    if item.__class__ is not dict or value.__class__ is not dict:
        return
    fields = place.choose(item)
    if fields is None:
        return
    for group in fields.groups:
        yield Anchor(group, item, path, trail)
    for key, source, below in fields.below:
        given = value.get(key)
        yield from _find_anchors(below, item.get(source), given, (*path, key), (*trail, given))
