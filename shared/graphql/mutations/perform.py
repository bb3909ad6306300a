"""Running a mutation: the idempotency key first, one unit of work, repeated when another transaction was first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from entrepot.shared.audit import Actor, AuditEntry, RowChange, record, watch_changes
from entrepot.shared.db import retry_transaction
from entrepot.shared.errors import DomainError, IdempotencyConflict, InputErrors, InvalidInput
from entrepot.shared.events.inbox.idempotency import check_key, claim_key, hash_input, keep_result, release_key
from entrepot.shared.events.outbox.unit_of_work import UnitOfWork
from entrepot.shared.graphql.context import Context
from entrepot.shared.graphql.mutations.declaration import Mutation, Once

T = TypeVar("T")


async def perform(declaration: Mutation, context: Context[Any], command: Any, key: str | None = None) -> Any:
    """What the use case answers, in a transaction that was committed; raises DomainError for a refusal.

    A domain error that the use case returns is the answer, and its transaction is committed, too. Raises Contended when
    other transactions were first each time.
    """
    key_error = None if key is None else _find_key_error(key)
    given = command
    if declaration.prepare is not None:
        # It may read, and nobody holds one connection while waiting for another.
        await context.renew()
        try:
            given = await declaration.prepare(context.transactions, context.caller, command)
        except (InvalidInput, InputErrors) as error:
            raise _join(error, key_error) from None

    async def attempt(unit: UnitOfWork[Any]) -> Any:
        if key is None or declaration.once is None:
            return await _run(declaration, unit, given)
        if key_error is None:
            return await _perform_once(declaration, declaration.once, unit, given, key)
        # Nothing is kept, but the caller hears of everything that is wrong with the input, and of nothing else.
        try:
            await declaration.use_case(unit, given)
        except (InvalidInput, InputErrors) as error:
            raise _join(error, key_error) from None
        except DomainError:
            raise key_error from None
        raise key_error

    return await run_unit(context, attempt)


async def run_unit(context: Context[Any], work: Callable[[UnitOfWork[Any]], Awaitable[T]]) -> T:
    """What `work` answers, in a unit of work of the caller, begun again when another transaction was first.

    Raises Contended when others were first each time, and what `work` raises.
    """

    async def attempt() -> T:
        async with context.transactions.begin(context.caller) as unit:
            return await work(unit)

    await context.renew()
    return await retry_transaction(attempt, context.environment.clock, context.environment.randomness)


async def _perform_once(declaration: Mutation, once: Once, unit: UnitOfWork[Any], given: Any, key: str) -> Any:
    scope = "" if unit.caller.principal.is_authenticated else once.scope(given)
    claim = await claim_key(
        unit,
        caller=unit.caller.user_id or "anonymous",
        operation=f"{declaration.name}:{scope}" if scope else declaration.name,
        key=key,
        input_hash=hash_input(once.bound_to(given)),
    )
    if claim.result is not None:
        first = await once.reload(unit, claim.result, given)
        if first is None:
            raise IdempotencyConflict(key)
        return first
    result = await _run(declaration, unit, given)
    if isinstance(result, DomainError):
        await release_key(unit, claim)
    else:
        await keep_result(unit, claim, once.identity(result))
    return result


async def _run(declaration: Mutation, unit: UnitOfWork[Any], given: Any) -> Any:
    """What the use case answers; each row that it changed has an entry in the audit log, where that is declared."""
    if not declaration.is_audited:
        return await declaration.use_case(unit, given)
    with watch_changes(unit.session) as changes:
        result = await declaration.use_case(unit, given)
        await unit.session.flush()
    actor = Actor.of(unit.caller)
    await record(unit, *(_build_entry(declaration.name, actor, change) for change in changes))
    return result


def _build_entry(action: str, actor: Actor, change: RowChange) -> AuditEntry:
    return AuditEntry(
        actor=actor,
        action=action,
        object_type=change.kind,
        object_id=change.identity,
        before=change.before,
        after=change.after,
    )


def _find_key_error(key: str) -> InvalidInput | None:
    try:
        check_key(key)
    except InvalidInput as error:
        return error
    return None


def _join(error: InvalidInput | InputErrors, key_error: InvalidInput | None) -> DomainError:
    if key_error is None:
        return error
    errors = error.errors if isinstance(error, InputErrors) else (error,)
    return InputErrors([*errors, key_error])
