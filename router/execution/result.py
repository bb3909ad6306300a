"""The response: data, errors and extensions, and its JSON text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from entrepot.router.execution.json_text import encode_json
from entrepot.router.execution.requests import FetchRecord


@dataclass(slots=True)
class ExecutionResult:
    """A GraphQL response (GraphQL specification, section 7.1).

    `data` is None when a null went up to the root; `errors` are entries as they are sent. `headers` are for the HTTP
    response that carries it, where there is one, made of what its `fetches` brought; `cache_headers` say how long that
    may be kept, and without them it must not be.
    """

    data: dict[str, Any] | None
    errors: list[dict[str, Any]] = field(default_factory=list)
    extensions: dict[str, Any] = field(default_factory=dict)
    headers: tuple[tuple[bytes, bytes], ...] = ()
    cache_headers: tuple[tuple[bytes, bytes], ...] = ()
    fetches: Sequence[FetchRecord] = ()

    def encode(self) -> bytes:
        """The JSON text of the response; `errors` and `extensions` are left out when empty."""
        content: dict[str, Any] = {"data": self.data}
        if self.errors:
            content["errors"] = self.errors
        if self.extensions:
            content["extensions"] = self.extensions
        return encode_json(content)
