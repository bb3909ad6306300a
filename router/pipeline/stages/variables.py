"""Stage: the values of the variables against the types that the operation declares (GraphQL section 6.1.2)."""

from __future__ import annotations

from graphql import GraphQLError
from graphql.execution.values import get_variable_values

from entrepot.router.errors import RequestRefused, VariablesInvalid
from entrepot.router.pipeline.context import RequestContext


def coerce_variables(context: RequestContext) -> None:
    """Fill `context.variables`: what the client sent, as it was sent, and the defaults of what it left out.

    Subgraphs coerce again, by their own scalars; so a value goes on as the client wrote it. Variables that the
    operation does not declare are dropped. Raises RequestRefused with every value that does not fit.
    """
    definitions = context.operation.node.variable_definitions
    if not definitions:
        return
    config = context.request.snapshot.config
    given = context.request.graphql.variables or {}
    coerced = get_variable_values(
        context.request.snapshot.supergraph.api_schema,
        definitions,
        given,
        max_errors=config.limits.max_variable_errors,
        hide_suggestions=not config.introspection,
    )
    if isinstance(coerced, list):
        raise RequestRefused(VariablesInvalid, [_format(error) for error in coerced])
    context.variables = {name: given.get(name, value) for name, value in coerced.coerced.items()}


def _format(error: GraphQLError) -> dict[str, object]:
    return dict(error.formatted)
