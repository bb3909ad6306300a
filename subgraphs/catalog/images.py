"""Pictures of products and categories: where they are, and what they show in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from entrepot.shared.errors import InvalidInput

MAX_IMAGES: Final = 20
_MAX_URL: Final = 2000
_MAX_ALT_TEXT: Final = 250


@dataclass(frozen=True, slots=True)
class Image:
    """A picture at an address, and what it shows for people who do not see it."""

    url: str
    alt_text: str


def check_image(image: Image, path: tuple[str, ...]) -> None:
    """Raises InvalidInput for an address that a browser cannot load, and for a missing alt text."""
    if not _is_address(image.url):
        raise InvalidInput(
            f"An image's URL is an http or https URL, or a path that begins with one slash, of at most {_MAX_URL} "
            "characters.",
            path=(*path, "url"),
        )
    if not 1 <= len(image.alt_text.strip()) <= _MAX_ALT_TEXT:
        raise InvalidInput(f"An alt text has from 1 to {_MAX_ALT_TEXT} characters.", path=(*path, "altText"))


def check_images(images: Sequence[Image]) -> None:
    """Raises InvalidInput for the first wrong image, or for too many of them."""
    if len(images) > MAX_IMAGES:
        raise InvalidInput(f"A product has at most {MAX_IMAGES} images.", path=("images",))
    for index, image in enumerate(images):
        check_image(image, path=("images", str(index)))


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
