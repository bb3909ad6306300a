"""Types as text: `[User!]!` taken apart, and which of two types is the narrower."""

from __future__ import annotations

from collections.abc import Callable

IsNamedSubtype = Callable[[str, str], bool]


def named_type(reference: str) -> str:
    """The innermost name: `User` of `[User!]!`."""
    return reference.strip("[]!")


def is_list(reference: str) -> bool:
    return reference.startswith("[")


def is_non_null(reference: str) -> bool:
    return reference.endswith("!")


def nullable(reference: str) -> str:
    return reference.removesuffix("!")


def item_type(reference: str) -> str:
    """The type of the items of a list type."""
    return nullable(reference)[1:-1]


def is_subtype(narrow: str, wide: str, is_named_subtype: IsNamedSubtype) -> bool:
    """Whether every value of `narrow` is one of `wide` (GraphQL specification, IsValidImplementationFieldType)."""
    if narrow == wide:
        return True
    if is_non_null(narrow):
        return is_subtype(narrow[:-1], nullable(wide), is_named_subtype)
    if is_non_null(wide):
        return False
    if is_list(narrow) or is_list(wide):
        return is_list(narrow) and is_list(wide) and is_subtype(item_type(narrow), item_type(wide), is_named_subtype)
    return is_named_subtype(narrow, wide)
