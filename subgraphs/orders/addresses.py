"""Where an order goes."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields
from typing import Final

from entrepot.shared.errors import InvalidInput

_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_MAX_LENGTH: Final = 200
_REQUIRED: Final = ("name", "line1", "city", "country_code")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostalAddress:
    """A postal address; `country_code` by ISO 3166-1 alpha-2. Raises InvalidInput for what cannot be delivered to."""

    name: str
    line1: str
    line2: str = ""
    city: str
    postal_code: str = ""
    region: str = ""
    country_code: str

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if len(value) > _MAX_LENGTH:
                raise _refusal(field.name, f"has at most {_MAX_LENGTH} characters")
            if field.name in _REQUIRED and not value.strip():
                raise _refusal(field.name, "is needed")
        if not _COUNTRY.fullmatch(self.country_code):
            raise _refusal("country_code", "is two capital letters by ISO 3166-1, such as DE")

    def to_data(self) -> dict[str, str]:
        return asdict(self)


def _refusal(field: str, problem: str) -> InvalidInput:
    head, *rest = field.split("_")
    name = head + "".join(part.title() for part in rest)
    return InvalidInput(f"{name} {problem}.", path=("shippingAddress", name))
