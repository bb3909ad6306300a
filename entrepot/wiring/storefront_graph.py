"""The graph of storefronts, beside the full one: a contract without what no customer can use, at a path of its own."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

from entrepot.router.app import RouterApp
from entrepot.router.composition import build_contract
from entrepot.router.config import RouterConfig
from entrepot.router.errors import ConfigurationInvalid
from entrepot.router.web.asgi import Receive, Scope, Send
from entrepot.shared.errors import InternalError
from entrepot.shared.graphql.tags import OPERATIONS, STAFF
from entrepot.wiring.storefront import register_documents

PATH: Final = "/storefront/graphql"
EXCLUDED_TAGS: Final = frozenset({OPERATIONS, STAFF})


class StorefrontGraph:
    """Answers requests of storefronts at `PATH`, and passes everything else to the router of the full graph.

    The graph is built at its first request: composing the contract and reading it would delay the start.
    """

    def __init__(self, router: RouterApp, config: RouterConfig | None = None) -> None:
        """`config` is that of the router by default, with the documents of the example storefront registered.

        Raises ConfigurationInvalid where the full graph has the same path.
        """
        if router.config.server.path == PATH:
            raise ConfigurationInvalid(f"server.path is {PATH}, the path of the storefront graph. Choose another one.")
        chosen = register_documents(router.config) if config is None else config
        self._config = replace(chosen, server=replace(chosen.server, path=PATH))
        self.router = router
        self._graph: RouterApp | None = None
        self._building = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and scope["path"] == PATH:
            graph = self._graph or await self._build()
            await graph(scope, receive, send)
        else:
            await self.router(scope, receive, send)

    def begin_closing(self) -> None:
        """Report "not ready" from now on, and keep serving."""
        self.router.begin_closing()

    async def end_streams(self) -> None:
        """Close all streams of both graphs so that clients reconnect elsewhere."""
        await self.router.end_streams()

    async def _build(self) -> RouterApp:
        async with self._building:
            if self._graph is None:
                supergraph = await asyncio.to_thread(build_storefront_supergraph, self.router.supergraph_sdl)
                self._graph = await self.router.add_graph(self._config, supergraph)
            return self._graph


def build_storefront_supergraph(supergraph_sdl: str) -> str:
    """The contract of the full supergraph for storefronts; raises InternalError with all reasons why there is none."""
    contract = build_contract(supergraph_sdl, exclude=EXCLUDED_TAGS)
    if contract.supergraph_sdl is None:
        raise InternalError("\n".join(f"{error.code}: {error.message}" for error in contract.errors))
    return contract.supergraph_sdl
