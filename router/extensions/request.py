"""The request and response as extensions see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from entrepot.router.execution import ExecutionResult
from entrepot.router.pipeline.context import RequestContext
from entrepot.router.plan import QueryPlan
from entrepot.shared.auth import Principal


class ExtensionRequest:
    """One GraphQL request. `headers` and `values` may be changed, everything else is to be read.

    `headers` are the client's, by lower-case name; rules that propagate headers to subgraphs read them after
    `on_request`. `values` are for extensions alone: what one puts there, those after it and later points find.
    """

    __slots__ = ("_context", "headers", "values")

    def __init__(self, context: RequestContext) -> None:
        self._context = context
        self.headers: dict[str, str] = dict(context.headers)
        self.values: dict[str, Any] = {}

    @property
    def request_id(self) -> str:
        return self._context.request.trace.request_id

    @property
    def address(self) -> str:
        """The client's, by the rule of trusted proxies."""
        return self._context.request.address

    @property
    def principal(self) -> Principal:
        """Who is calling, as the token or API key says."""
        return self._context.request.caller.principal

    @property
    def document(self) -> str | None:
        """The text of the document; None in `on_request` when the client named it instead of sending it."""
        return self._context.text or self._context.request.graphql.query

    @property
    def operation_name(self) -> str | None:
        """The name that the client gave; from `on_plan` on, also that of the only operation of the document."""
        given = self._context.request.graphql.operation_name
        if given is None and hasattr(self._context, "operation"):
            name = self._context.operation.node.name
            return None if name is None else name.value
        return given

    @property
    def kind(self) -> str | None:
        """`query`, `mutation` or `subscription`; None in `on_request`, where it is not known yet."""
        return self._context.operation.node.operation.value if hasattr(self._context, "operation") else None

    @property
    def variables(self) -> Mapping[str, Any]:
        """The variables as they were sent; from `on_plan` on, coerced and with defaults."""
        return self._context.variables or self._context.request.graphql.variables or {}

    @property
    def plan(self) -> QueryPlan | None:
        """How the operation is answered; None in `on_request`."""
        return self._context.planned.plan if hasattr(self._context, "planned") else None


@dataclass(slots=True)
class SubgraphCall:
    """A request that is about to be sent to a subgraph; `headers` may be changed. `body` is the JSON text."""

    subgraph: str
    url: str
    body: bytes
    is_mutation: bool
    headers: dict[str, str] = field(default_factory=dict)


class ExtensionResponse:
    """An answer before it is encoded: `data`, `errors` and `extensions` may be changed in place or replaced."""

    __slots__ = ("_result",)

    def __init__(self, result: ExecutionResult) -> None:
        self._result = result

    @property
    def data(self) -> dict[str, Any] | None:
        return self._result.data

    @data.setter
    def data(self, data: dict[str, Any] | None) -> None:
        self._result.data = data

    @property
    def errors(self) -> list[dict[str, Any]]:
        return self._result.errors

    @errors.setter
    def errors(self, errors: list[dict[str, Any]]) -> None:
        self._result.errors = errors

    @property
    def extensions(self) -> dict[str, Any]:
        return self._result.extensions

    def add_header(self, name: str, value: str) -> None:
        """Send a header with the answer, where it is an HTTP response of its own."""
        self._result.headers = (*self._result.headers, (name.lower().encode("latin-1"), value.encode("latin-1")))
