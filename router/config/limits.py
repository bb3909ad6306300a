"""Limits per request, the budget of the planner, and the sizes of caches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsConfig:
    """Limits per request. Document limits are checked before validation, with fragments expanded."""

    max_body_bytes: int = 2 * 1024 * 1024
    """The size of an HTTP request body."""
    max_query_string_bytes: int = 64 * 1024
    """The size of the query string of a GET request."""
    max_header_bytes: int = 64 * 1024
    """The size of all request headers."""
    max_header_fields: int = 500
    """The request headers."""
    max_websocket_message_bytes: int = 1024 * 1024
    """The size of a WebSocket message from a client."""
    max_websocket_frames: int = 1_000
    """The frames that a WebSocket message from a client may be sent in."""
    max_websocket_operations: int = 100
    """Concurrent operations per WebSocket connection."""
    max_tokens: int = 15_000
    """Tokens of a document, counted without expanding fragments."""
    max_depth: int = 64
    """Nested fields of an operation."""
    max_aliases: int = 500
    """Aliases of a document."""
    max_root_fields: int = 200
    """Root fields of an operation."""
    max_fields: int = 10_000
    """Fields of a document."""
    max_overlapping_field_pairs: int = 50_000
    """Pairs of selections with one response key: the work of the validation rule on overlapping fields."""
    max_directives: int = 2_000
    """Directives of a document."""
    max_directives_per_location: int = 20
    """Directives on one field, fragment, operation or variable."""
    max_argument_list_items: int = 10_000
    """Entries of one list among the arguments, in the document or in a variable."""
    max_variables_bytes: int = 1024 * 1024
    """The size of all variables."""
    max_variables_depth: int = 64
    """The nesting of a variable."""
    max_concurrent_requests_per_client: int | None = None
    """Concurrent requests per client (authenticated user, else address); null: unlimited."""
    max_response_bytes: int | None = None
    """The size of a response with all its payloads, and of each event of a subscription; null: unlimited."""
    max_introspection_values: Annotated[int, Meta(ge=1)] | None = None
    """Values of the answer to introspection; null: four times those of the whole schema, at least 50,000."""
    max_validation_errors: int = 20
    """Validation errors that are reported per document."""
    max_variable_errors: int = 20
    """Errors in variables that are reported per request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannerConfig:
    """The query planner."""

    max_steps: int = 200_000
    """The work budget per operation, counted in steps. Half of it is for comparing plans, half for finding any plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CachesConfig:
    """In-memory caches of parsed documents and of query plans."""

    max_document_bytes: int = 64 * 1024 * 1024
    """The size of the document cache."""
    max_documents: int = 10_000
    """The entries of the document cache."""
    max_plan_bytes: int = 64 * 1024 * 1024
    """The size of the plan cache."""
    max_plans: int = 10_000
    """The entries of the plan cache."""
