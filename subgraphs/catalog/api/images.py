"""Pictures of products and categories in the graph."""

from __future__ import annotations

from typing import Any, Self

import strawberry
from sqlalchemy import Row

from entrepot.subgraphs.catalog import models


@strawberry.type(description="A picture of a product or a category.")
class ProductImage:
    url: str = strawberry.field(
        description="The address of the picture: an http or https URL, or a path on the host of the graph."
    )
    alt_text: str = strawberry.field(description="What the picture shows, for people who do not see it.")
    position: int = strawberry.field(description="Its place among the pictures, from 0; the first one is the main one.")

    @classmethod
    def from_model(cls, image: models.ProductImage | Row[Any]) -> Self:
        return cls(url=image.url, alt_text=image.alt_text, position=image.position)

    @classmethod
    def of_category(cls, category: models.Category | Row[Any]) -> Self | None:
        """The one picture of a category, if it has one."""
        if category.image_url is None:
            return None
        return cls(url=category.image_url, alt_text=category.image_alt_text or category.name, position=0)
