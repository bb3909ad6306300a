"""Declarations as fields of the type Mutation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import strawberry
from strawberry.tools import create_type
from strawberry.types import Info
from strawberry.types.field import StrawberryField

from entrepot.shared.errors import DomainError
from entrepot.shared.graphql.costs import costs
from entrepot.shared.graphql.mutations.declaration import Call, Mutation
from entrepot.shared.graphql.mutations.inputs import KEY, build_input
from entrepot.shared.graphql.mutations.payloads import build_payload, show
from entrepot.shared.graphql.mutations.perform import perform
from entrepot.shared.graphql.mutations.refusals import present_refusals
from entrepot.shared.telemetry import note_refusal


def build_mutation_type(declarations: Iterable[Mutation]) -> type:
    """The type Mutation with a field for each declaration."""
    return create_type("Mutation", [build_field(each) for each in declarations])


def build_field(declaration: Mutation) -> StrawberryField:
    """The field: it takes `input`, and answers the payload."""
    given = build_input(declaration.command, is_command=True, has_key=declaration.once is not None)
    payload = build_payload(declaration)
    resolve = _build_resolver(declaration, given.read, payload, has_default=given.is_optional)
    resolve.__annotations__ = {
        "info": Info,
        "input": given.graphql | None if given.is_optional else given.graphql,
        "return": payload,
    }
    options: dict[str, Any] = {"requires_scopes": declaration.scopes} if declaration.scopes else {}
    field: StrawberryField = strawberry.federation.field(
        resolver=resolve,
        name=declaration.name,
        description=declaration.description,
        authenticated=declaration.is_authenticated,
        directives=[costs(declaration.cost)],
        **options,
    )
    field.python_name = declaration.name
    return field


def _build_resolver(
    declaration: Mutation, read: Callable[[Any], Any], payload: Any, *, has_default: bool
) -> Callable[..., Awaitable[Any]]:
    async def answer(info: Info[Any, Any], given: Any) -> Any:
        context = info.context
        command = declaration.command() if given is None else read(given)
        try:
            result = await perform(declaration, context, command, getattr(given, KEY, None))
        except DomainError as error:
            result = error
        if isinstance(result, DomainError):
            note_refusal(result.code)
            return payload(errors=present_refusals(result, declaration.refuses, declaration.name))
        return payload(**show(declaration, result, Call(context, command)))

    async def resolve(info: Any, input: Any) -> Any:  # noqa: A002 - the argument's name in the graph
        return await answer(info, input)

    async def resolve_optional(info: Any, input: Any = None) -> Any:  # noqa: A002 - as above
        return await answer(info, input)

    return resolve_optional if has_default else resolve
