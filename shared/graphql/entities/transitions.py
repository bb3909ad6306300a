"""The states that a caller can move an object to."""

from __future__ import annotations

from typing import Any

from strawberry.types import Info

from entrepot.shared.graphql.execution import batch_field
from entrepot.shared.states import StateMachine


def transitions(machine: StateMachine[Any], *, state: str = "status", owner: str | None = None, **options: Any) -> Any:
    """Declare a field with the states that the caller can move an object to, in the order of their declaration.

    `allowed_transitions: list[OrderStatus] = transitions(ORDER, owner="customer_id")` reads the present state from the
    object's attribute `state`, and the id of the user who owns it from the attribute `owner`. `options` are those of
    `strawberry.federation.field`.
    """

    def read(sources: list[Any], info: Info[Any, Any]) -> list[Any]:
        principal = info.context.principal
        user = principal.user_id
        return [
            machine.allowed_states(
                getattr(source, state),
                principal,
                is_owner=owner is not None and user is not None and getattr(source, owner) == user,
            )
            for source in sources
        ]

    return batch_field(read, is_annotated=True, **options)
