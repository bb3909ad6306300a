"""Mutations: one use case in one unit of work, its result or its refusal as one payload."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from functools import cache
from typing import Annotated, Any, TypeVar, cast, get_args, get_origin, get_type_hints

from entrepot.shared.db import retry_transaction
from entrepot.shared.errors import DomainError, InputErrors
from entrepot.shared.events.inbox.idempotency import check_key, claim_key, hash_input, keep_result
from entrepot.shared.events.outbox.unit_of_work import UnitOfWork
from entrepot.shared.graphql.context import Context
from entrepot.shared.graphql.errors import UserError, domain_error_of

R = TypeVar("R")
T = TypeVar("T")


async def mutate(
    context: Context[Any],
    payload: type[T],
    use_case: Callable[[UnitOfWork[Any]], Awaitable[R]],
    to_graphql: Callable[[R], T],
) -> T:
    """Run the use case and commit; a refusal that the payload's union knows becomes data, any other is raised.

    It runs again when the database rolled its transaction back for the sake of another one: what it does outside of
    the transaction must bear to be repeated.
    """

    async def attempt() -> R:
        async with context.transactions.begin(context.caller) as unit:
            return await use_case(unit)

    await context.renew()
    try:
        return to_graphql(await retry_transaction(attempt, context.environment.clock, context.environment.randomness))
    except DomainError as error:
        return refuse(payload, error)


async def mutate_once(
    context: Context[Any],
    payload: type[T],
    use_case: Callable[[UnitOfWork[Any]], Awaitable[R]],
    to_graphql: Callable[[R], T],
    *,
    operation: str,
    key: str,
    given: Any,
    identity: Callable[[R], str],
    reload: Callable[[UnitOfWork[Any], str], Awaitable[R]],
) -> T:
    """The same for what creates something: a repeated key answers with what it made, and makes nothing.

    `given` is the input that the key is bound to; `identity` is what is kept of the result, `reload` finds it again.
    """
    caller = context.principal.user_id or "anonymous"
    input_hash = hash_input(given)

    async def once(unit: UnitOfWork[Any]) -> R:
        claim = await claim_key(unit, caller=caller, operation=operation, key=check_key(key), input_hash=input_hash)
        if claim.result is not None:
            return await reload(unit, claim.result)
        result = await use_case(unit)
        await keep_result(unit, claim, identity(result))
        return result

    return await mutate(context, payload, once, to_graphql)


def refuse(payload: type[T], error: DomainError) -> T:
    """The payload that says why nothing happened; raises the error when the payload's union has no member for it."""
    errors = error.errors if isinstance(error, InputErrors) else (error,)
    build: Any = payload
    return cast("T", build(errors=[_to_member(payload, each) for each in errors]))


def _to_member(payload: type[Any], error: DomainError) -> UserError:
    for member in _error_members(cast("Hashable", payload)):
        if isinstance(error, domain_error_of(member)):
            return member.of(error)
    raise error


@cache
def _error_members(payload: Any) -> tuple[type[UserError], ...]:
    """The members of the union in `errors: list[Annotated[A | B, strawberry.union(...)]]`, most specific first."""
    (union,) = get_args(get_type_hints(payload, include_extras=True)["errors"])
    if get_origin(union) is Annotated:
        union = get_args(union)[0]
    members = get_args(union) or (union,)
    return tuple(sorted(members, key=lambda member: -len(domain_error_of(member).__mro__)))
