"""Every query of the catalog."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row, Select, exists, func, select

from entrepot.shared.db import Listing, Reader, Repository, RowsByKey
from entrepot.subgraphs.catalog.models import Category, Price, Product, ProductImage, Seller, Variant
from entrepot.subgraphs.catalog.search import ProductFilter, read_words
from entrepot.subgraphs.catalog.states import ProductStatus

_SHOWN: Final = tuple(column for column in Product.__table__.c if column.key not in ("search_text", "version"))

_VARIANT: Final = tuple(Variant.__table__.c[name] for name in ("id", "sku", "name", "attributes", "product_id"))
_WITH_STATUS: Final = (*_VARIANT, Product.__table__.c.status.label("product_status"))
_PRICE: Final = tuple(column for column in Price.__table__.c if column.key != "variant_id")

PRODUCTS_BY_ID: Final = RowsByKey(Product.id, *_SHOWN)
PRODUCTS_BY_SLUG: Final = RowsByKey(Product.slug, *_SHOWN)
VARIANTS_BY_ID: Final = RowsByKey(Variant.id, *_WITH_STATUS, join=Product)
VARIANTS_BY_SKU: Final = RowsByKey(Variant.sku, *_WITH_STATUS, join=Product)
VARIANTS_BY_PRODUCT_ID: Final = RowsByKey(Variant.product_id, *_VARIANT, order=(Variant.id,))
PRICES_BY_VARIANT_ID: Final = RowsByKey(Price.variant_id, *_PRICE, order=(Price.channel, Price.currency))
IMAGES_BY_PRODUCT_ID: Final = RowsByKey(ProductImage.product_id, order=(ProductImage.position,))
CATEGORIES_BY_ID: Final = RowsByKey(Category.id)
CATEGORIES_BY_SLUG: Final = RowsByKey(Category.slug)
CATEGORIES_BY_PARENT_ID: Final = RowsByKey(Category.parent_id, order=(Category.name, Category.id))
SELLERS_BY_ID: Final = RowsByKey(Seller.id)


_ROOT_CATEGORIES: Final = (
    select(*Category.__table__.c).where(Category.parent_id.is_(None)).order_by(Category.name, Category.id)
)


class CatalogRepository(Repository):
    """Categories, products, variants, prices, sellers.

    A row that is got `for_update` is got when nobody else changes it, and nobody else does until the transaction ends.
    """

    async def get_product(self, product_id: str, *, for_update: bool = False) -> Product | None:
        return await self.session.get(Product, product_id, with_for_update=for_update or None)

    async def get_product_by_slug(self, slug: str) -> Product | None:
        return await self.session.scalar(select(Product).where(Product.slug == slug))

    async def get_variant(self, variant_id: str, *, for_update: bool = False) -> Variant | None:
        return await self.session.get(Variant, variant_id, with_for_update=for_update or None)

    async def get_category(self, category_id: str) -> Category | None:
        return await self.session.get(Category, category_id)

    async def get_category_by_slug(self, slug: str) -> Category | None:
        return await self.session.scalar(select(Category).where(Category.slug == slug))

    async def get_seller(self, seller_id: str) -> Seller | None:
        return await self.session.get(Seller, seller_id)

    async def is_sku_taken(self, sku: str) -> bool:
        return bool(await self.session.scalar(select(exists().where(Variant.sku == sku))))

    async def count_variants(self, product_id: str) -> int:
        return await self.session.scalar(select(func.count()).where(Variant.product_id == product_id)) or 0

    async def list_variants_by_product_ids(self, product_ids: Sequence[str]) -> Sequence[Variant]:
        query = select(Variant).where(Variant.product_id.in_(product_ids)).order_by(Variant.id)
        return (await self.session.scalars(query)).all()

    async def list_variants_by_skus(self, skus: Sequence[str]) -> Sequence[Variant]:
        return (await self.session.scalars(select(Variant).where(Variant.sku.in_(skus)))).all()

    async def list_prices_by_variant_ids(self, variant_ids: Sequence[str]) -> Sequence[Price]:
        query = select(Price).where(Price.variant_id.in_(variant_ids)).order_by(Price.channel, Price.currency)
        return (await self.session.scalars(query)).all()

    async def list_image_urls(self, product_ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """The addresses of the pictures of each product that has some, in their order."""
        query = select(ProductImage.product_id, ProductImage.url).where(ProductImage.product_id.in_(product_ids))
        found: defaultdict[str, list[str]] = defaultdict(list)
        for product_id, url in await self.session.execute(query.order_by(ProductImage.position)):
            found[product_id].append(url)
        return found

    async def list_products_after(self, product_id: str, limit: int) -> Sequence[Product]:
        query = select(Product).where(Product.id > product_id).order_by(Product.id).limit(limit)
        return (await self.session.scalars(query)).all()

    async def list_products_by_slugs(self, slugs: Sequence[str]) -> Sequence[Product]:
        return (await self.session.scalars(select(Product).where(Product.slug.in_(slugs)))).all()


async def list_root_categories(reader: Reader) -> Sequence[Row[Any]]:
    """The top-level categories, by name."""
    return (await reader.execute(_ROOT_CATEGORIES)).all()


def list_products(wanted: ProductFilter, *, drafts: bool) -> Listing:
    """The products that pass the filter, oldest first; only active ones unless `drafts`."""
    query = _filter(select(*_SHOWN), wanted)
    if not drafts:
        query = query.where(Product.status == ProductStatus.ACTIVE)
    return Listing(query, [Product.id])


def _filter(query: Select[Any], wanted: ProductFilter) -> Select[Any]:
    for word in read_words(wanted.search or ""):
        query = query.where(Product.search_text.contains(word, autoescape=True))
    for category_id in filter(None, (wanted.category_id, wanted.below_id)):
        within = select(Category.id).where(Category.path.contains(f"{category_id}/", autoescape=True))
        query = query.where(Product.category_id.in_(within))
    if wanted.is_featured is not None:
        query = query.where(Product.is_featured.is_(wanted.is_featured))
    limits = [
        (amount, comparison)
        for amount, comparison in ((wanted.minimum_price, "__ge__"), (wanted.maximum_price, "__le__"))
        if amount is not None
    ]
    if limits:
        priced = select(Variant.product_id).join(Price, Price.variant_id == Variant.id)
        priced = priced.where(Price.channel == wanted.channel)
        for amount, comparison in limits:
            within_limit = getattr(Price.minor_units, comparison)(amount.minor_units)
            priced = priced.where(Price.currency == amount.currency, within_limit)
        query = query.where(Product.id.in_(priced))
    return query
