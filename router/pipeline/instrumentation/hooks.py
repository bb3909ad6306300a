"""Hooks before and after the stages, at each fetch and at the response."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from entrepot.router.execution import ExecutionResult, SubgraphTransport
from entrepot.router.pipeline.context import RequestContext

Hook = Callable[[RequestContext], Awaitable[None] | None]
WrapTransport = Callable[[SubgraphTransport, RequestContext], SubgraphTransport]
OnAnswer = Callable[[RequestContext, ExecutionResult], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Hooks:
    """`before` and `after` are stages of their own; `wrap_transport` is the way to subgraphs of one request.

    Each of several ways goes over the one before it. `on_answer` may change an answer before it is encoded: that of a
    query or mutation, of each event of a subscription, and the first part of one that comes in parts.
    """

    before: tuple[Hook, ...] = ()
    after: tuple[Hook, ...] = ()
    wrap_transport: tuple[WrapTransport, ...] = ()
    on_answer: OnAnswer | None = None


NO_HOOKS = Hooks()
