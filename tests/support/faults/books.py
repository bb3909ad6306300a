"""What must hold of all events when all is over: each handled once by everyone who wants it, and in its order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from entrepot.shared.process import SubgraphProcess
from tests.support.invariants import check_invariants, rows
from tests.support.mesh import RunningShop

SENT = "SELECT id, type, subject, position FROM outbox WHERE delivered_at IS NOT NULL ORDER BY position"
# The number of the transaction says in what order things took effect, whatever the clocks of the processes say.
HANDLED = "SELECT event_id, handler, xmin::text::bigint FROM inbox"


async def check_books(shop: RunningShop) -> int:
    """Assert the invariants over all data, and that each event sent took its effects; how many effects there were."""
    await check_invariants(shop)
    sent = {name: await rows(process.database, SENT) for name, process in shop.processes.items()}
    effects = 0
    for process in shop.processes.values():
        handled = {(event, handler): order for event, handler, order in await rows(process.database, HANDLED)}
        wanted = _list_wanted(process, sent)
        lost = wanted.keys() - handled.keys()
        assert not lost, f"{process.subgraph.name} never took the effects {sorted(lost)[:5]} of {len(lost)}"
        made_up = handled.keys() - wanted.keys()
        assert not made_up, f"{process.subgraph.name} took the effects of what nobody sent: {sorted(made_up)[:5]}"
        _check_order(process, wanted, handled)
        effects += len(handled)
    return effects


def _list_wanted(
    process: SubgraphProcess, sent: dict[str, Sequence[Any]]
) -> dict[tuple[str, str], tuple[str, str, int]]:
    """Every effect that there must be, by event and handler -> where its event stands: source, subject, position."""
    handlers: dict[str, list[str]] = defaultdict(list)
    for contract, wanted in process.subgraph.handlers.items():
        handlers[contract.TYPE] += [handler.name for handler in wanted]
    return {
        (event_id, handler): (source, subject, position)
        for source, events in sent.items()
        for event_id, type_, subject, position in events
        for handler in handlers.get(type_, ())
    }


def _check_order(
    process: SubgraphProcess,
    wanted: dict[tuple[str, str], tuple[str, str, int]],
    handled: dict[tuple[str, str], int],
) -> None:
    newest: dict[tuple[str, str, str], int] = {}
    for (event, handler), (source, subject, _) in sorted(wanted.items(), key=lambda item: item[1][2]):
        place, order = (handler, source, subject), handled[event, handler]
        assert newest.get(place, 0) <= order, f"{process.subgraph.name} took {event} of {subject} out of its order"
        newest[place] = order
