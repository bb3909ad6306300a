"""The context of a request as the resolvers of catalog see it."""

from __future__ import annotations

from strawberry.types import Info

from entrepot.shared.graphql import Context
from entrepot.subgraphs.catalog.config import CatalogDependencies

CatalogContext = Context[CatalogDependencies]
CatalogInfo = Info[CatalogContext, None]
