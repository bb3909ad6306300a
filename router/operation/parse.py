"""Operation text to its document."""

from __future__ import annotations

from typing import Final

from graphql import GraphQLSyntaxError, parse
from graphql.language import DocumentNode

from entrepot.router.errors import DocumentTooLarge, SyntaxInvalid

# The library has no other sign of the two.
_TOO_LARGE: Final = ("Syntax Error: Document contains more than", "Syntax Error: Document is nested too deeply")


def parse_document(text: str, *, max_tokens: int | None = None) -> DocumentNode:
    """The document that the text describes (GraphQL section 2).

    `SyntaxInvalid`, with the location, when it does not parse; `DocumentTooLarge` when it has more than `max_tokens`
    tokens, or more levels than can be read.
    """
    try:
        return parse(text, max_tokens=max_tokens, allow_empty_selection_sets=False)
    except GraphQLSyntaxError as error:
        locations = [{"line": location.line, "column": location.column} for location in error.locations or ()]
        kind = DocumentTooLarge if error.message.startswith(_TOO_LARGE) else SyntaxInvalid
        raise kind(error.message, extensions={"locations": locations} if locations else None) from error
