"""References to entities as the router sends them: their keys, and objects made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from strawberry.utils.str_converters import to_camel_case

from entrepot.shared.errors import InvalidInput

T = TypeVar("T")

Representation = Mapping[str, Any]


def read_key(representation: Representation, name: str) -> str:
    """A key of the representation as text; raises InvalidInput when the router did not send one."""
    value = representation.get(to_camel_case(name))
    if not isinstance(value, str):
        raise InvalidInput(
            f"A representation of {representation.get('__typename')} needs the key {to_camel_case(name)!r}."
        )
    return value


def refer_each(
    representations: Sequence[Representation], build: Callable[[Representation], T]
) -> list[T | InvalidInput]:
    """The objects of references that need no look-up; one that `build` refuses is an error for that one alone."""
    return [_refer(representation, build) for representation in representations]


def _refer(representation: Representation, build: Callable[[Representation], T]) -> T | InvalidInput:
    try:
        return build(representation)
    except InvalidInput as error:
        return error
