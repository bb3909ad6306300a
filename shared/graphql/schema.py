"""The schema of a subgraph: Strawberry's federation schema with batched `_entities` and enforced declarations."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol, cast

from strawberry.federation.schema import FederationAny
from strawberry.federation.schema import Schema as FederationSchema
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.types import Info
from strawberry.utils.str_converters import to_camel_case

from shared.errors import InvalidInput
from shared.graphql.context import Context
from shared.graphql.permissions import enforce
from shared.graphql.scalars import SCALARS

Representation = Mapping[str, Any]

MAX_REPRESENTATIONS: Final = 10_000


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
        mutation: type | None = None,
        subscription: type | None = None,
        types: Sequence[type] = (),
    ) -> None:
        super().__init__(
            query=query,
            mutation=mutation,
            subscription=subscription,
            types=types,
            config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
        )
        enforce(self._schema)

    @property
    def sdl(self) -> str:
        """The subgraph's SDL, federation directives included."""
        return print_schema(self) + "\n"

    async def entities_resolver(  # type: ignore[override]  # Strawberry's own is not awaited
        self, info: Info, representations: list[FederationAny]
    ) -> list[FederationAny]:
        """The entities in the order of the representations; the error of one is an error for that one alone.

        Representations are grouped by type, and each type resolves its group in one batch
        (federation subgraph specification, `Query._entities`).
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
        # One type after another: SQLite answers in microseconds, and on PostgreSQL the loaders batch within each.
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
        for position, value in zip(positions, resolved, strict=True):
            results[position] = value

    def _find_entity(self, typename: str) -> type[Entity] | None:
        known = self.schema_converter.type_map.get(typename)
        origin = getattr(getattr(known, "definition", None), "origin", None)
        return cast("type[Entity]", origin) if hasattr(origin, "resolve_references") else None


def read_key(representation: Representation, name: str) -> str:
    """A key of the representation as text; raises InvalidInput when the router did not send one."""
    value = representation.get(to_camel_case(name))
    if not isinstance(value, str):
        raise InvalidInput(f"A representation of {representation.get('__typename')} needs the key {name!r}.")
    return value
