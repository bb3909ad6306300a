"""Loaders of the catalog, named for their key."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.db import by_key, grouped
from entrepot.shared.graphql import BatchLoader
from entrepot.subgraphs.catalog.models import Category, Price, Product, ProductImage, Seller, Variant
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


class VariantsByProductIdLoader(BatchLoader[str, list[Variant]]):
    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[list[Variant]]:
        rows = await CatalogRepository(session).list_variants_by_product_ids(keys)
        return grouped(keys, rows, lambda row: row.product_id)


class PricesByVariantIdLoader(BatchLoader[str, list[Price]]):
    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[list[Price]]:
        rows = await CatalogRepository(session).list_prices_by_variant_ids(keys)
        return grouped(keys, rows, lambda row: row.variant_id)


class ImagesByProductIdLoader(BatchLoader[str, list[ProductImage]]):
    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[list[ProductImage]]:
        rows = await CatalogRepository(session).list_images_by_product_ids(keys)
        return grouped(keys, rows, lambda row: row.product_id)


class CategoryByIdLoader(BatchLoader[str, Category | None]):
    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[Category | None]:
        return by_key(keys, await CatalogRepository(session).list_categories_by_ids(keys), lambda row: row.id)


class CategoryBySlugLoader(BatchLoader[str, Category | None]):
    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[Category | None]:
        return by_key(keys, await CatalogRepository(session).list_categories_by_slugs(keys), lambda row: row.slug)


class CategoriesByParentIdLoader(BatchLoader[str, list[Category]]):
    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[list[Category]]:
        rows = await CatalogRepository(session).list_categories_by_parent_ids(keys)
        return grouped(keys, rows, lambda row: row.parent_id)


class SellerByIdLoader(BatchLoader[str, Seller | None]):
    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[Seller | None]:
        return by_key(keys, await CatalogRepository(session).list_sellers_by_ids(keys), lambda row: row.id)
