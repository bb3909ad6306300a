"""`@context(name:)` and `@fromContext(field:)`: an argument filled from a field of an ancestor."""

from __future__ import annotations

import re
from dataclasses import dataclass

from entrepot.router.federation.directive import Arguments, ArgumentSpecification, DirectiveSpecification

CONTEXT = DirectiveSpecification(
    name="context",
    arguments=(ArgumentSpecification("name", "String!"),),
    locations=("INTERFACE", "OBJECT", "UNION"),
    repeatable_since=(2, 8),
    since=(2, 8),
    feature="context",
)

FROM_CONTEXT = DirectiveSpecification(
    name="fromContext",
    arguments=(ArgumentSpecification("field", "ContextFieldValue"),),
    locations=("ARGUMENT_DEFINITION",),
    since=(2, 8),
)

_FIELD_VALUE = re.compile(r"^(?:[\n\r\t ,]|#[^\n\r]*)*\$([A-Za-z_]\w*)([\s\S]*)$")


@dataclass(frozen=True, slots=True)
class ContextReference:
    """`$name { selection }`: which context, and what to read from the type that sets it."""

    context: str
    selection: str


def parse_from_context(arguments: Arguments) -> ContextReference | None:
    """The typed value of one application, None when it does not name a context and a selection."""
    text = arguments.get("field")
    match = _FIELD_VALUE.match(text) if isinstance(text, str) else None
    if match is None or not match.group(2).strip():
        return None
    return ContextReference(match.group(1), match.group(2).strip())
