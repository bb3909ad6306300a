"""Loaders of the catalog, named for their key."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.db import by_key
from entrepot.shared.graphql import BatchLoader
from entrepot.subgraphs.catalog.models import Category, Product, Seller, Variant
from entrepot.subgraphs.catalog.repository import CatalogRepository


class ProductByIdLoader(BatchLoader[str, Product | None]):
    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[Product | None]:
        return by_key(keys, await CatalogRepository(session).list_products_by_ids(keys), lambda row: row.id)


class ProductBySlugLoader(BatchLoader[str, Product | None]):
    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[Product | None]:
        return by_key(keys, await CatalogRepository(session).list_products_by_slugs(keys), lambda row: row.slug)


class VariantByIdLoader(BatchLoader[str, Variant | None]):
    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[Variant | None]:
        return by_key(keys, await CatalogRepository(session).list_variants_by_ids(keys), lambda row: row.id)


class VariantBySkuLoader(BatchLoader[str, Variant | None]):
    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[Variant | None]:
        return by_key(keys, await CatalogRepository(session).list_variants_by_skus(keys), lambda row: row.sku)


class CategoryByIdLoader(BatchLoader[str, Category | None]):
    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[Category | None]:
        return by_key(keys, await CatalogRepository(session).list_categories_by_ids(keys), lambda row: row.id)


class CategoryBySlugLoader(BatchLoader[str, Category | None]):
    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[Category | None]:
        return by_key(keys, await CatalogRepository(session).list_categories_by_slugs(keys), lambda row: row.slug)


class SellerByIdLoader(BatchLoader[str, Seller | None]):
    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[Seller | None]:
        return by_key(keys, await CatalogRepository(session).list_sellers_by_ids(keys), lambda row: row.id)
