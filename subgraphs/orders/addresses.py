"""Where an order goes."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields
from typing import Final

from entrepot.shared.errors import InvalidInput
from entrepot.shared.input_checks import check_input

_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_MAX_LENGTH: Final = 200
_REQUIRED: Final = ("name", "line1", "city", "country_code")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostalAddress:
    """A postal address; `country_code` by ISO 3166-1 alpha-2.

    Raises InvalidInput, or InputErrors for several fields, for what cannot be delivered to.
    """

    name: str
    line1: str
    line2: str = ""
    city: str
    postal_code: str = ""
    region: str = ""
    country_code: str

    def __post_init__(self) -> None:
        with check_input() as checks:
            for field in fields(self):
                checks.run(_check_field, field.name, getattr(self, field.name))

    def to_data(self) -> dict[str, str]:
        return asdict(self)


def _check_field(name: str, value: str) -> None:
    if name == "country_code" and not _COUNTRY.fullmatch(value):
        raise _refusal(name, "is two capital letters by ISO 3166-1, such as DE")
    if name in _REQUIRED and not value.strip():
        raise _refusal(name, "is required")
    if len(value) > _MAX_LENGTH:
        raise _refusal(name, f"has at most {_MAX_LENGTH} characters")


def _refusal(field: str, problem: str) -> InvalidInput:
    head, *rest = field.split("_")
    name = head + "".join(part.title() for part in rest)
    return InvalidInput(f"{name} {problem}.", path=("shippingAddress", name))
