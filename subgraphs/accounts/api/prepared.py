"""Mutations with work before their unit of work, so that nobody waits for the database while a password is hashed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from entrepot.shared.errors import DomainError
from entrepot.shared.graphql.payloads import refuse

P = TypeVar("P")
T = TypeVar("T")


async def mutate_prepared(payload: type[T], prepare: Awaitable[P], mutate: Callable[[P], Awaitable[T]]) -> T:
    """Mutate with what was prepared; a refusal to prepare is data in the payload, as one of the use case is."""
    try:
        prepared = await prepare
    except DomainError as error:
        return refuse(payload, error)
    return await mutate(prepared)
