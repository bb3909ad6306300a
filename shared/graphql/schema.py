"""The schema of a subgraph: Strawberry's federation schema with batched `_entities` and enforced declarations."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol, cast

from graphql import GraphQLError, GraphQLObjectType
from strawberry.extensions import ParserCache, SchemaExtension, ValidationCache
from strawberry.extensions.runner import SchemaExtensionsRunner
from strawberry.federation.schema import FederationAny
from strawberry.federation.schema import Schema as FederationSchema
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StreamResult
from strawberry.tools import merge_types
from strawberry.types import ExecutionContext, Info
from strawberry.types.graphql import OperationType

from entrepot.shared.auth import CUSTOMER, KERNEL_PERMISSIONS, Permissions
from entrepot.shared.errors import InternalError, InvalidInput
from entrepot.shared.graphql.arguments import drop_null_defaults
from entrepot.shared.graphql.audit_log import build_audit_query
from entrepot.shared.graphql.context import Context
from entrepot.shared.graphql.descriptions import describe
from entrepot.shared.graphql.event_queue import build_queue_mutation, build_queue_query
from entrepot.shared.graphql.execution import Engine, build_executor_class
from entrepot.shared.graphql.mutations import Mutation, build_mutation_type
from entrepot.shared.graphql.operation_lines import LogOperation
from entrepot.shared.graphql.permissions import enforce, guard_of
from entrepot.shared.graphql.representations import Representation
from entrepot.shared.graphql.scalars import SCALARS
from entrepot.shared.graphql.streams import renew_loaders, show_errors
from entrepot.shared.graphql.tags import tag_staff
from entrepot.shared.graphql.text import RefuseNul
from entrepot.shared.graphql.traces import TraceOperation

MAX_REPRESENTATIONS: Final = 10_000
MAX_DOCUMENTS: Final = 2_000
_SCHEMA_DEFINITION: Final = re.compile(r"^schema\b", re.MULTILINE)


class Entity(Protocol):
    """A GraphQL type with `@key`: it resolves all its references of one request at once."""

    @classmethod
    async def resolve_references(
        cls, context: Context[Any], representations: Sequence[Representation]
    ) -> Sequence[Any | None]:
        """One object or None (or an exception, for that item alone) a representation, in their order."""
        ...


class SubgraphSchema(FederationSchema):
    """A federation schema whose entities are resolved in batches and whose declared permissions are enforced."""

    def __init__(
        self,
        *,
        query: type,
        mutations: Sequence[Mutation] = (),
        subscription: type | None = None,
        types: Sequence[type] = (),
        event_queue: str | None = None,
        permissions: Permissions = KERNEL_PERMISSIONS,
    ) -> None:
        """`event_queue` is the subgraph's name, for the fields of its events and of its audit log.

        A field is for staff when it requires a scope that customers do not have by `permissions`.
        """
        mutation = build_mutation_type(mutations) if mutations else None
        if event_queue is not None:
            query = merge_types("Query", (query, build_queue_query(event_queue), build_audit_query(event_queue)))
            queue_mutation = build_queue_mutation(event_queue)
            mutation = queue_mutation if mutation is None else merge_types("Mutation", (mutation, queue_mutation))
        super().__init__(
            query=query,
            mutation=mutation,
            subscription=subscription,
            types=types,
            config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
            # A router sends few operations, many times: each is parsed and validated once.
            extensions=[RefuseNul, lambda: ParserCache(MAX_DOCUMENTS), lambda: ValidationCache(MAX_DOCUMENTS)],
        )
        drop_null_defaults(self._schema)
        describe(self._schema)
        renew_loaders(self._schema.subscription_type)
        enforce(self._schema)
        tag_staff(self._schema, list(self.schema_directives), permissions.expand([CUSTOMER]))
        self.engine = Engine(self, guard_of=guard_of, begin=_begin, release=_release)
        self.execution_context_class = build_executor_class(self.engine, self.execution_context_class)
        # Strawberry's own resolver prints no description of the schema.
        service = self._schema.type_map["_Service"]
        assert isinstance(service, GraphQLObjectType), "a federation schema has it"
        service.fields["sdl"].resolve = lambda *_: self.sdl

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log nothing here: `to_public` logs the faults, and the rest is for the caller."""

    @property
    def sdl(self) -> str:
        """The subgraph's SDL, federation directives included."""
        printed = print_schema(self) + "\n"
        description = f'"""\n{self._schema.description}\n"""\n'
        return _SCHEMA_DEFINITION.sub(lambda found: description + found[0], printed, count=1)

    async def entities_resolver(  # type: ignore[override]  # Strawberry's own is not awaited
        self, info: Info, representations: list[FederationAny]
    ) -> list[FederationAny]:
        """The entities in the order of the representations; the error of one is an error for that one alone.

        Representations are grouped by type, and each type resolves its group in one batch
        (federation subgraph specification, `Query._entities`). Raises InvalidInput for too many at once.
        """
        if len(representations) > MAX_REPRESENTATIONS:
            raise InvalidInput(f"At most {MAX_REPRESENTATIONS} representations are taken at once.")
        groups: dict[str, list[int]] = defaultdict(list)
        results: list[Any] = [None] * len(representations)
        for position, representation in enumerate(representations):
            typename = representation.get("__typename") if isinstance(representation, dict) else None
            if isinstance(typename, str) and self._find_entity(typename) is not None:
                groups[typename].append(position)
            else:
                results[position] = InvalidInput(f"{typename!r} is not an entity of this subgraph.")
        await asyncio.gather(*(self._resolve_group(info, *group, representations, results) for group in groups.items()))
        return results

    async def _resolve_group(
        self, info: Info, typename: str, positions: list[int], representations: list[Any], results: list[Any]
    ) -> None:
        entity = self._find_entity(typename)
        assert entity is not None
        group = [representations[position] for position in positions]
        try:
            resolved: Sequence[Any] = await entity.resolve_references(info.context, group)
        except Exception as error:  # noqa: BLE001 - it becomes the error of these items, masked like any other
            resolved = [error] * len(group)
        if len(resolved) != len(group):
            fault = InternalError(f"{typename} resolved {len(resolved)} of {len(group)} references.")
            resolved = [fault] * len(group)
        for position, value in zip(positions, resolved, strict=True):
            results[position] = value

    async def stream(self, *arguments: Any, **options: Any) -> StreamResult:
        """As Strawberry's, its errors as a client may see them."""
        return show_errors(await super().stream(*arguments, **options))

    def create_extensions_runner(
        self, execution_context: ExecutionContext, extensions: list[SchemaExtension]
    ) -> SchemaExtensionsRunner:
        """As Strawberry's, with a line for the operation, and a span where somebody records it."""
        context = execution_context.context
        if isinstance(context, Context):
            extensions = [*extensions, LogOperation(execution_context)]
            if context.transactions.tracer.is_on:
                extensions = [*extensions, TraceOperation(execution_context)]
        return super().create_extensions_runner(execution_context, extensions)

    def _create_execution_context(
        self,
        query: str | None,
        allowed_operation_types: Iterable[OperationType],
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionContext:
        """As Strawberry's, with loaders of its own: operations that share a socket must not share what they read."""
        if isinstance(context_value, Context):
            context_value = replace(context_value, loaders={})
        return super()._create_execution_context(
            query,
            allowed_operation_types,
            variable_values,
            context_value,
            root_value,
            operation_name,
            operation_extensions,
        )

    def _find_entity(self, typename: str) -> type[Entity] | None:
        known = self.schema_converter.type_map.get(typename)
        origin = getattr(getattr(known, "definition", None), "origin", None)
        return cast("type[Entity]", origin) if hasattr(origin, "resolve_references") else None


def _begin(context: Any) -> None:
    if isinstance(context, Context):
        context.begin()


async def _release(context: Any) -> None:
    if isinstance(context, Context):
        await context.release()
