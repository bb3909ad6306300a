"""Entities owned elsewhere that orders only point at."""

from __future__ import annotations

import strawberry
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet


@strawberry.federation.type(keys=[Key(fields=FieldSet("id"), resolvable=False)])
class ProductVariant:
    id: strawberry.ID
    sku: str = strawberry.federation.field(external=True)


@strawberry.federation.type(keys=[Key(fields=FieldSet("id"), resolvable=False)])
class Seller:
    id: strawberry.ID
