"""Subscriptions: each event is answered with what is true then, and its errors are masked on every transport."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import wraps
from typing import Any

from graphql import GraphQLError, GraphQLObjectType
from strawberry.http.streaming import SSETransport
from strawberry.types import ExecutionResult

from entrepot.shared.graphql.context import Context
from entrepot.shared.graphql.errors import ShownError, to_public


class EventStream(SSETransport):
    """Server-sent events whose lines end in LF: CRLF is allowed too, but some routers find no end of an event in it."""

    def encode_event(self, event: str, data: str | None = None) -> str:
        return super().encode_event(event, data).replace("\r\n", "\n")

    def encode_comment(self, comment: str) -> str:
        return super().encode_comment(comment).replace("\r\n", "\n")


def renew_loaders(subscription: GraphQLObjectType | None) -> None:
    """Let every event of a subscription begin without what was loaded for the one before: it may have changed.

    Raises TypeError for a field that was not declared with `strawberry.subscription`.
    """
    for name, field in subscription.fields.items() if subscription is not None else ():
        if field.subscribe is None:
            raise TypeError(f"Subscription.{name} streams nothing: declare it with `strawberry.subscription`.")
        field.subscribe = _renewed(field.subscribe)


async def show_errors(results: AsyncGenerator[Any, None]) -> AsyncGenerator[Any, None]:
    """The same results with errors as a client may see them: not every transport asks the view for that."""
    async with aclosing(results):
        async for result in results:
            if isinstance(result, ExecutionResult) and result.errors:
                result.errors = [_show(error) for error in result.errors]
            yield result


def _show(error: GraphQLError) -> ShownError:
    return ShownError(to_public(error))


def _renewed(subscribe: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(subscribe)
    async def renewed(source: Any, info: Any, **arguments: Any) -> AsyncGenerator[Any, None]:
        events = subscribe(source, info, **arguments)
        if not hasattr(events, "__aiter__"):
            events = await events
        return _each_afresh(events, info.context)

    return renewed


async def _each_afresh(events: AsyncGenerator[Any, None], context: Context[Any]) -> AsyncGenerator[Any, None]:
    async with aclosing(events):
        async for event in events:
            context.forget()
            yield event
