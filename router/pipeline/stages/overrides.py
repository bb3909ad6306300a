"""Stage: the labels of progressive `@override` that are active for the request."""

from __future__ import annotations

from entrepot.router.federation.override import read_percentage
from entrepot.router.pipeline.context import RequestContext
from entrepot.router.planning import collect_labels

_ALL = 100.0


def choose_overrides(context: RequestContext) -> None:
    """Decide on each label that can change the operation's plan, once for the whole request, and on no other."""
    operation = context.operation
    if operation.labels is None:
        assert operation.normalized is not None
        operation.labels = collect_labels(context.request.snapshot.graph, operation.normalized)
    if not operation.labels:
        return
    config = context.request.snapshot.config.overrides
    listed = context.headers.get(config.header.lower(), "") if config.header else ""
    named = frozenset(label.strip() for label in listed.split(","))
    active: set[str] = set()
    for label in operation.labels:
        share = read_percentage(label)
        if share is None:
            share = _ALL if label in named else config.labels.get(label, 0.0)
        if share >= _ALL or (share and context.draw_percent() < share):
            active.add(label)
    context.active_labels = frozenset(active)
