"""Who is calling a subgraph: the router's signed word for it or, behind another router, the client's own token."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from entrepot.shared.auth import (
    ADDRESS_HEADER,
    ANONYMOUS,
    IDENTITY_HEADER,
    IdentityVerifier,
    Principal,
    TokenVerifier,
    read_bearer,
)
from entrepot.shared.errors import Unauthenticated


@dataclass(frozen=True, slots=True)
class IdentityPolicy:
    """What a subgraph accepts. With `access_tokens` it also takes the client's own token, and none as anonymous."""

    forwarded: IdentityVerifier
    access_tokens: TokenVerifier | None = None

    async def identify(self, connection: HTTPConnection) -> Principal:
        """The caller; raises Unauthenticated for a call that proves nothing."""
        forwarded = connection.headers.get(IDENTITY_HEADER)
        if forwarded is not None:
            return self.forwarded.verify(forwarded)
        if self.access_tokens is None:
            raise Unauthenticated("This subgraph is called through its router, which says who is calling.")
        token = read_bearer(connection.headers.get("authorization"))
        return ANONYMOUS if token is None else await self.access_tokens.verify(token)

    def read_address(self, connection: HTTPConnection) -> str | None:
        """The client's address; None where nobody who is believed says it. For a call that `identify` let through."""
        if IDENTITY_HEADER not in connection.headers:
            return None
        return connection.headers.get(ADDRESS_HEADER)
