"""Stage: what the caller's claims do not permit leaves the operation before it is planned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from entrepot.router.errors import RequestRefused, Unauthorized
from entrepot.router.federation.auth import Authorization
from entrepot.router.pipeline.authorization.unauthorized_paths import collect_requirements, remove_unauthorized
from entrepot.router.pipeline.cache.documents import OperationView
from entrepot.router.pipeline.context import Caller, RequestContext
from entrepot.router.selection import Field

_MAX_VIEWS = 64


def authorize_operation(context: RequestContext) -> None:
    """Find the view of the operation that belongs to what the caller's claims satisfy.

    Which requirements are met is all that counts, a bit each: callers with other claims share the view. In reject mode
    raises RequestRefused with an error for each field that is not permitted.
    """
    requirements = find_requirements(context)
    if not requirements and 0 in context.operation.views:
        context.view = context.operation.views[0]
        return
    choose_view(context, [_is_met(requirement, context.caller) for requirement in requirements])


def choose_view(context: RequestContext, met: Sequence[bool]) -> None:
    """Find the view for those who meet these of the operation's requirements; raises RequestRefused in reject mode."""
    operation, snapshot = context.operation, context.snapshot
    assert operation.normalized is not None
    requirements = find_requirements(context)
    mask = sum(1 << bit for bit, is_met in enumerate(met) if is_met)
    view = operation.views.get(mask)
    if view is None:
        if all(met):
            view = OperationView(operation.normalized, mask)
        else:
            permitted = {item for item, is_met in zip(requirements, met, strict=True) if is_met}
            remaining, removals = remove_unauthorized(
                operation.normalized,
                snapshot.supergraph.api_schema,
                snapshot.permissions,
                lambda authorization: not authorization or authorization in permitted,
            )
            view = OperationView(remaining, mask, removals)
        if len(operation.views) >= _MAX_VIEWS:
            operation.views.clear()
        operation.views[mask] = view
    if view.removals and (snapshot.config.authorization.mode == "reject" or _is_emptied_subscription(view)):
        raise RequestRefused(Unauthorized, report_removals(view, None))
    context.view = view


def find_requirements(context: RequestContext) -> tuple[Authorization, ...]:
    """What the normalized operation asks of its callers, collected once."""
    operation, snapshot = context.operation, context.snapshot
    if operation.requirements is None:
        assert operation.normalized is not None
        operation.requirements = collect_requirements(
            operation.normalized, snapshot.supergraph.api_schema, snapshot.permissions
        )
    return operation.requirements


def report_removals(view: OperationView, variables: dict[str, Any] | None) -> list[dict[str, Any]]:
    """An error for each removed field that these variables ask for; for every one without variables."""
    errors: dict[tuple[str, ...], dict[str, Any]] = {}
    for removal in view.removals:
        if variables is None or all(variables.get(guard.variable) is guard.expected for guard in removal.guards):
            errors.setdefault((*removal.path, removal.key), removal.to_graphql())
    return list(errors.values())


def _is_emptied_subscription(view: OperationView) -> bool:
    """Whether nothing is left to subscribe to: there is no event in which the field could be null."""
    left = view.normalized.selections
    return view.normalized.kind == "subscription" and all(
        isinstance(selection, Field) and selection.name == "__typename" for selection in left
    )


def _is_met(requirement: Authorization, caller: Caller) -> bool:
    principal = caller.principal
    return requirement.is_satisfied_by(
        is_authenticated=principal.is_authenticated, scopes=principal.scopes, policies=caller.policies
    )
