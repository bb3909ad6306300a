"""The base class of extensions."""

from __future__ import annotations

from collections.abc import Awaitable

from entrepot.router.extensions.request import ExtensionRequest, ExtensionResponse, SubgraphCall


class Extension:
    """Override what you need, each as `def` or `async def`; what is not overridden is never called.

    Any method refuses the request with a ClientError (or a subclass with a code of its own), whose message and code
    the client sees. Any other exception is an internal error of the extension: it is logged, and the client sees an
    internal error without any of it. Extensions are asked in their order, and in reverse for answers.
    """

    def on_request(self, request: ExtensionRequest) -> Awaitable[None] | None:
        """The caller is known; the document has not been looked at yet."""

    def on_plan(self, request: ExtensionRequest) -> Awaitable[None] | None:
        """The operation is valid, permitted and planned; nothing has been fetched for it."""

    def on_subgraph_request(self, request: ExtensionRequest, call: SubgraphCall) -> Awaitable[None] | None:
        """A request to a subgraph is about to be sent; to refuse it leaves its part of the answer out."""

    def on_response(self, request: ExtensionRequest, response: ExtensionResponse) -> Awaitable[None] | None:
        """An answer, before it is encoded.

        That of a query or mutation, of each event of a subscription, and the first part of one that comes in parts.
        Requests that are refused as a whole have none.
        """
