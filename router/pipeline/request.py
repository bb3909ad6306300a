"""A GraphQL request as it was decoded, whatever transport brought it (GraphQL over HTTP, section 5.1)."""

from __future__ import annotations

from typing import Any

import msgspec


class GraphQLRequest(msgspec.Struct, frozen=True, rename="camel"):
    """The four parameters; a decoder refuses wrong types and passes over what it does not know."""

    query: str | None = None
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None
