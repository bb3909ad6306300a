"""Operation text to its document."""

from __future__ import annotations

from graphql import GraphQLSyntaxError, parse
from graphql.language import DocumentNode

from router.errors import SyntaxInvalid


def parse_document(text: str, *, max_tokens: int | None = None) -> DocumentNode:
    """The document that the text describes (GraphQL section 2).

    `SyntaxInvalid`, with the location, when it does not parse or has more than `max_tokens` tokens.
    """
    try:
        return parse(text, max_tokens=max_tokens)
    except GraphQLSyntaxError as error:
        locations = [{"line": location.line, "column": location.column} for location in error.locations or ()]
        raise SyntaxInvalid(error.message, extensions={"locations": locations} if locations else None) from error
    except RecursionError as error:
        raise SyntaxInvalid("Syntax Error: The document nests too deeply to be read.") from error
