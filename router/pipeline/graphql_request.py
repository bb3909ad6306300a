"""A decoded GraphQL request, independent of its transport (GraphQL over HTTP, section 5.1)."""

from __future__ import annotations

from typing import Any

import msgspec


class GraphQLRequest(msgspec.Struct, frozen=True, rename="camel"):
    """The four parameters, and two names for a document instead of its text; a decoder refuses wrong types.

    `document_id` is that of GraphQL over HTTP, appendix A; `doc_id` is what Relay applications send.
    """

    query: str | None = None
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None
    document_id: str | None = None
    doc_id: str | None = msgspec.field(default=None, name="doc_id")
