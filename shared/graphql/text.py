"""Text that no database keeps: the character NUL, which PostgreSQL has no place for, is refused in every operation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from strawberry.extensions import SchemaExtension

from entrepot.shared.errors import InvalidInput

# An escape of it, in a literal of the document (GraphQL specification, "String Value"); `\\u0000` is not one.
_ESCAPED: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u(?:0000|\{0+\})")


class RefuseNul(SchemaExtension):
    """Answers an operation whose document or variables hold a NUL with BAD_USER_INPUT before anything is resolved."""

    def on_operation(self) -> Iterator[None]:
        """Raises InvalidInput for a document or variables with NUL in them."""
        if has_nul(self.execution_context.query or "") or holds_nul(self.execution_context.variables):
            raise InvalidInput("Send text without the character NUL (U+0000): it cannot be kept.")
        yield


def has_nul(document: str) -> bool:
    """Whether the text of a document holds a NUL, as it is or escaped."""
    return "\0" in document or _ESCAPED.search(document) is not None


def holds_nul(value: Any) -> bool:
    """Whether any text in the JSON value is or contains a NUL; names of members count."""
    match value:
        case str():
            return "\0" in value
        case Mapping():
            return any("\0" in name or holds_nul(member) for name, member in value.items())
        case list():
            return any(holds_nul(item) for item in value)
    return False
