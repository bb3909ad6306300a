"""Categories: the tree that products are listed in."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.shared.errors import NotFound
from entrepot.shared.input_checks import check_input
from entrepot.shared.scalars import Id
from entrepot.subgraphs.catalog.checks import check_name, check_slug
from entrepot.subgraphs.catalog.errors import NameTaken
from entrepot.subgraphs.catalog.images import ProductImage, check_image
from entrepot.subgraphs.catalog.models import Category
from entrepot.subgraphs.catalog.repository import CatalogRepository
from entrepot.subgraphs.catalog.service.unit import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateCategory:
    """Create a category, as a root or below another one."""

    name: str
    """The name for display, 1 to 200 characters."""
    slug: str
    """The unique part of its URL: lower-case letters and digits in words joined by hyphens, at most 200 characters."""
    parent_id: Id | None = None
    """The category to place it below: `Category.id`; without it the category is a root."""
    image: ProductImage | None = None
    """The picture of the category."""


async def create_category(unit: Unit, command: CreateCategory) -> Category:
    """The new category; raises InvalidInput, NotFound for a parent that is not known, NameTaken."""
    repository = CatalogRepository(unit.session)
    image = command.image
    with check_input() as checks:
        checks.run(check_name, command.name)
        checks.run(check_slug, command.slug)
        if image is not None:
            checks.run(check_image, image, path=("image",))
    parent_path = ""
    if command.parent_id is not None:
        parent = await repository.get_category(command.parent_id)
        if parent is None:
            raise NotFound("category", command.parent_id, path=("parentId",))
        parent_path = parent.path
    if await repository.get_category_by_slug(command.slug) is not None:
        raise NameTaken("category slug", command.slug, "slug")
    identity = unit.new_id("cat")
    category = Category(
        id=identity,
        parent_id=command.parent_id,
        slug=command.slug,
        name=command.name.strip(),
        path=f"{parent_path}{identity}/",
        image_url=image.url if image else None,
        image_alt_text=image.alt_text.strip() if image else None,
        created_at=unit.now,
        updated_at=unit.now,
    )
    repository.add(category)
    return category


async def find_category(unit: Unit, category_id: str) -> Category:
    """The category; raises NotFound."""
    category = await CatalogRepository(unit.session).get_category(category_id)
    if category is None:
        raise NotFound("category", category_id, path=("categoryId",))
    return category
