"""A mutation is one declaration: its use case, who may call it, what it shows and refuses, and how it is repeated."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from entrepot.shared.errors import DomainError, IdempotencyConflict
from entrepot.shared.graphql.context import Context
from entrepot.shared.graphql.costs import MUTATION
from entrepot.shared.graphql.docstrings import read_class_docstring

UseCase = Callable[[Any, Any], Awaitable[Any]]
"""`async def use_case(unit, command) -> result`, in one transaction."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a mutation: its request, and the command that the input was read as."""

    context: Context[Any]
    command: Any


@dataclass(frozen=True, slots=True)
class Shows:
    """A field of the payload.

    `description` without a full stop gets the words that the field is null after a refusal. `read` takes the value from
    the use case's result; without it the value is the result itself, or its attribute of the field's name where the
    payload has several fields. A row becomes an object of a type that is made from rows.
    """

    type: Any
    description: str
    read: Callable[[Any, Call], Any] | None = None
    is_inaccessible: bool = False


@dataclass(frozen=True, slots=True)
class Once:
    """A mutation with an idempotency key: a repeated key answers with what it made first, and makes nothing.

    `identity` is what is kept of a result, `reload(unit, identity, command)` finds the result again. `bound_to` is what
    the key is bound to, the command by default; `scope` distinguishes the keys of callers who have no id. What a key
    cannot be bound to, such as a password, `reload` compares: it answers None for another input than the first.
    """

    identity: Callable[[Any], str]
    reload: Callable[[Any, str, Any], Awaitable[Any]]
    bound_to: Callable[[Any], Any] = lambda command: command
    scope: Callable[[Any], str] = lambda _command: ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """What `mutation` declares."""

    use_case: UseCase
    shows: Mapping[str, Shows]
    refuses: tuple[type[DomainError], ...]
    scopes: Sequence[Sequence[str]] | None = None
    is_authenticated: bool = False
    is_audited: bool = False
    once: Once | None = None
    prepare: Callable[[Any, Any, Any], Awaitable[Any]] | None = None
    payload_keys: Sequence[Any] = ()
    cost: int = MUTATION
    command: type = field(init=False)

    def __post_init__(self) -> None:
        taker = self.prepare or self.use_case
        parameter = list(inspect.signature(taker).parameters)[1 if self.prepare is None else 2]
        object.__setattr__(self, "command", get_type_hints(taker)[parameter])

    @property
    def description(self) -> str | None:
        return read_class_docstring(self.command)

    @property
    def type_name(self) -> str:
        """CreateLocation: the beginning of the names of input, payload and union."""
        return self.command.__name__

    @property
    def name(self) -> str:
        """createLocation: the field's name, and the operation that idempotency keys belong to."""
        return self.type_name[0].lower() + self.type_name[1:]


def mutation(
    use_case: UseCase,
    *,
    shows: Mapping[str, Shows],
    refuses: Sequence[type[DomainError]] = (),
    scopes: Sequence[Sequence[str]] | None = None,
    is_authenticated: bool = False,
    is_audited: bool = False,
    once: Once | None = None,
    prepare: Callable[[Any, Any, Any], Awaitable[Any]] | None = None,
    payload_keys: Sequence[Any] = (),
    cost: int = MUTATION,
) -> Mutation:
    """Declare a mutation, named as the dataclass of the use case's command is: `CreateLocation` is `createLocation`.

    - The docstring of the command is the mutation's description; its fields are those of the input, with their
      docstrings and defaults.
    - The payload has the fields of `shows` and `errors`, a union of the types of `refuses`.
    - A domain error that the use case raises is a refusal, and nothing is changed; one that it returns is a refusal
      whose transaction is committed.
    - `scopes` (alternatives, each of them a list of scopes), or `is_authenticated`, say who may call it.
    - `is_audited` writes an entry of the audit log for each row that the use case changes through the ORM, with who
      called, and the row's values before and after.
    - `prepare(transactions, caller, command)` is awaited before the transaction, for what must not hold one open; the
      use case gets what it answers in the place of the command.
    - `cost` is what the demand control of the router counts for a call.

    `unit.caller` is who calls. The use case runs again when another transaction was first, so that what it does outside
    of the database has to bear to be repeated.
    """
    refusals = (*refuses, IdempotencyConflict) if once is not None else tuple(refuses)
    return Mutation(
        use_case=use_case,
        shows=shows,
        refuses=refusals,
        scopes=scopes,
        is_authenticated=is_authenticated,
        is_audited=is_audited,
        once=once,
        prepare=prepare,
        payload_keys=payload_keys,
        cost=cost,
    )


def by_id(find: Callable[[Any, str], Awaitable[Any]]) -> Callable[[Any, str, Any], Awaitable[Any]]:
    """`find(unit, id)` as `Once.reload`, for what is found again by its id alone."""

    async def reload(unit: Any, identity: str, _command: Any) -> Any:
        return await find(unit, identity)

    return reload
