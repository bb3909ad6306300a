"""Pictures of products and categories: where they are, and what they show in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from entrepot.shared.errors import InvalidInput
from entrepot.shared.input_checks import check_input

MAX_IMAGES: Final = 20
_MAX_URL: Final = 2000
_MAX_ALT_TEXT: Final = 250


@dataclass(frozen=True, slots=True)
class ProductImage:
    """A picture and what it shows."""

    url: str
    """An http or https URL, or a path that begins with one slash; at most 2000 characters."""
    alt_text: str
    """What the picture shows, for people who do not see it; 1 to 250 characters."""


def check_image(image: ProductImage, path: tuple[str, ...]) -> None:
    """Raises for an address that a browser cannot load, and for a missing alt text."""
    with check_input() as checks:
        checks.run(_check_url, image.url, (*path, "url"))
        checks.run(_check_alt_text, image.alt_text.strip(), (*path, "altText"))


def check_images(images: Sequence[ProductImage]) -> None:
    """Raises for what is wrong in any image, or InvalidInput for too many of them."""
    if len(images) > MAX_IMAGES:
        raise InvalidInput(f"A product has at most {MAX_IMAGES} images.", path=("images",))
    with check_input() as checks:
        for index, image in enumerate(images):
            checks.run(check_image, image, path=("images", str(index)))


def _check_url(url: str, path: tuple[str, ...]) -> None:
    if not _is_address(url):
        raise InvalidInput(
            f"An image's URL is an http or https URL, or a path that begins with one slash, of at most {_MAX_URL} "
            "characters.",
            path=path,
        )


def _check_alt_text(alt_text: str, path: tuple[str, ...]) -> None:
    if not 1 <= len(alt_text) <= _MAX_ALT_TEXT:
        raise InvalidInput(f"An alt text has from 1 to {_MAX_ALT_TEXT} characters.", path=path)


def _is_address(url: str) -> bool:
    if len(url) > _MAX_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return False
    if url.startswith("/"):
        # Two slashes name another host.
        return not url.startswith("//")
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
