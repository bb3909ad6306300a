"""Breadth-first compiled execution of a Strawberry schema: a field is resolved once for all objects of its level.

An operation is compiled once to selections of field steps. A run reads each step's column of raw values (attributes,
resolvers, batch functions), completes it as a column, and zips the columns to result objects. It knows nothing of
commerce, and answers what graphql-core answers; what it does not compile (introspection, other directives than `@skip`
and `@include`) graphql-core executes.
"""

from entrepot.shared.graphql.execution.batch import batch_field, each
from entrepot.shared.graphql.execution.engine import Engine
from entrepot.shared.graphql.execution.executor import build_executor_class
from entrepot.shared.graphql.execution.schema_types import Guard, GuardOf

__all__ = ["Engine", "Guard", "GuardOf", "batch_field", "build_executor_class", "each"]
