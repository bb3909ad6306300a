"""Stage: the document against the API schema (GraphQL section 5), once per document."""

from __future__ import annotations

from graphql import GraphQLError, NoSchemaIntrospectionCustomRule, specified_rules, validate

from entrepot.router.errors import IntrospectionRefused, OperationInvalid, RequestRefused
from entrepot.router.pipeline.context import RequestContext
from entrepot.router.pipeline.stages.once_per_document import once_per_document


class _Introspected(GraphQLError):
    """The document asks for the schema."""


class _NoIntrospection(NoSchemaIntrospectionCustomRule):
    """The rule of the library, with refusals that can be recognized."""

    def report_error(self, error: GraphQLError) -> None:
        super().report_error(_Introspected(error.message, error.nodes))


@once_per_document("validate")
def validate_document(context: RequestContext) -> None:
    """Refuse a document that is not valid; raises RequestRefused with all errors up to the configured number.

    Without introspection, messages suggest no names: that would be introspection by guessing.
    """
    config = context.request.snapshot.config
    tree = context.document.tree
    assert tree is not None
    rules = [*specified_rules] if config.introspection else [*specified_rules, _NoIntrospection]
    try:
        errors = validate(
            context.request.snapshot.supergraph.api_schema,
            tree,
            rules,
            max_errors=config.limits.max_validation_errors,
            hide_suggestions=not config.introspection,
        )
    except RecursionError:
        raise OperationInvalid("The document nests too deeply to be validated.") from None
    if errors:
        is_introspection = any(isinstance(error, _Introspected) for error in errors)
        kind = IntrospectionRefused if is_introspection else OperationInvalid
        raise RequestRefused(kind, [dict(error.formatted) for error in errors])
