"""What the catalog accepts: each check raises InvalidInput, which names the input field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from entrepot.shared.errors import InvalidInput

_SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_MAX_NAME: Final = 200
_MAX_DESCRIPTION: Final = 20_000
_MAX_ATTRIBUTES: Final = 50


def check_name(name: str) -> None:
    if not 1 <= len(name.strip()) <= _MAX_NAME:
        raise InvalidInput(f"A name has from 1 to {_MAX_NAME} characters.", path=("name",))


def check_slug(slug: str) -> None:
    if len(slug) > _MAX_NAME or not _SLUG.fullmatch(slug):
        raise InvalidInput("A slug is lower-case letters and digits in words joined by hyphens.", path=("slug",))


def check_attributes(attributes: Mapping[str, str]) -> None:
    if len(attributes) > _MAX_ATTRIBUTES or any(
        not 1 <= len(text) <= _MAX_NAME for item in attributes.items() for text in item
    ):
        raise InvalidInput(
            f"A variant has at most {_MAX_ATTRIBUTES} attributes, names and values of 1 to {_MAX_NAME} characters.",
            path=("attributes",),
        )


def check_sku(sku: str) -> None:
    if not 1 <= len(sku) <= _MAX_NAME:
        raise InvalidInput(f"A SKU has from 1 to {_MAX_NAME} characters.", path=("sku",))


def check_description(description: str) -> None:
    if len(description) > _MAX_DESCRIPTION:
        raise InvalidInput(f"A description has at most {_MAX_DESCRIPTION} characters.", path=("description",))
