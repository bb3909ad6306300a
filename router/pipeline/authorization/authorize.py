"""Stage: unauthorized fields are removed from the operation before it is planned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from entrepot.router.errors import RequestRefused, Unauthorized
from entrepot.router.federation.auth import Authorization
from entrepot.router.pipeline.authorization.unauthorized_paths import collect_requirements, remove_unauthorized_fields
from entrepot.router.pipeline.cache.documents import AuthorizedOperation
from entrepot.router.pipeline.context import RequestContext
from entrepot.router.selection import Field

_MAX_AUTHORIZED = 64


def authorize_operation(context: RequestContext) -> None:
    """Find the operation as authorized for the caller's claims.

    Only which requirements are met matters, one bit each: callers with different claims share the result. In reject
    mode raises RequestRefused with an error per unauthorized field.
    """
    requirements = find_requirements(context)
    if not requirements and 0 in context.operation.authorized:
        context.authorized = context.operation.authorized[0]
        return
    choose_authorized_operation(context, [_is_met(requirement, context) for requirement in requirements])


def choose_authorized_operation(context: RequestContext, met: Sequence[bool]) -> None:
    """Find the operation as authorized for these requirements; raises RequestRefused in reject mode."""
    operation, snapshot = context.operation, context.request.snapshot
    assert operation.normalized is not None
    requirements = find_requirements(context)
    mask = sum(1 << bit for bit, is_met in enumerate(met) if is_met)
    authorized = operation.authorized.get(mask)
    if authorized is None:
        if all(met):
            authorized = AuthorizedOperation(operation.normalized, mask)
        else:
            permitted = {item for item, is_met in zip(requirements, met, strict=True) if is_met}
            remaining, unauthorized = remove_unauthorized_fields(
                operation.normalized,
                snapshot.supergraph.api_schema,
                snapshot.permissions,
                lambda authorization: not authorization or authorization in permitted,
            )
            authorized = AuthorizedOperation(remaining, mask, unauthorized)
        if len(operation.authorized) >= _MAX_AUTHORIZED:
            operation.authorized.clear()
        operation.authorized[mask] = authorized
    if authorized.unauthorized and (
        snapshot.config.authorization.mode == "reject" or _is_empty_subscription(authorized)
    ):
        raise RequestRefused(Unauthorized, report_unauthorized_fields(authorized, None))
    context.authorized = authorized


def find_requirements(context: RequestContext) -> tuple[Authorization, ...]:
    """The requirements of the normalized operation, collected once."""
    operation, snapshot = context.operation, context.request.snapshot
    if operation.requirements is None:
        assert operation.normalized is not None
        operation.requirements = collect_requirements(
            operation.normalized, snapshot.supergraph.api_schema, snapshot.permissions
        )
    return operation.requirements


def report_unauthorized_fields(
    authorized: AuthorizedOperation, variables: dict[str, Any] | None
) -> list[dict[str, Any]]:
    """An error per unauthorized field that these variables select; without variables, for each of them."""
    errors: dict[tuple[str, ...], dict[str, Any]] = {}
    for removal in authorized.unauthorized:
        if variables is None or all(variables.get(guard.variable) is guard.expected for guard in removal.guards):
            errors.setdefault((*removal.path, removal.key), removal.to_graphql())
    return list(errors.values())


def _is_empty_subscription(authorized: AuthorizedOperation) -> bool:
    """Whether nothing is left to subscribe to: there is no event in which the field could be null."""
    left = authorized.normalized.selections
    return authorized.normalized.kind == "subscription" and all(
        isinstance(selection, Field) and selection.name == "__typename" for selection in left
    )


def _is_met(requirement: Authorization, context: RequestContext) -> bool:
    caller = context.request.caller
    return requirement.is_satisfied_by(
        is_authenticated=caller.principal.is_authenticated,
        scopes=caller.principal.scopes,
        policies=caller.policies | context.granted_policies,
    )
