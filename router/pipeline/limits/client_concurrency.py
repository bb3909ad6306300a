"""The limit of concurrent requests per client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from entrepot.router.errors import ConcurrencyExceeded
from entrepot.router.pipeline.authentication.caller import Caller
from entrepot.router.pipeline.instrumentation.security_log import SecurityLog
from entrepot.shared.caching.addresses import widen_address


class ClientConcurrencyLimit:
    """Counts requests in flight per client: the authenticated user, else the address."""

    def __init__(self, maximum: int | None, security: SecurityLog) -> None:
        self._maximum = maximum
        self._security = security
        self._held: dict[str, int] = {}
        self._nothing: AbstractContextManager[None] = nullcontext()

    def hold(self, caller: Caller, address: str) -> AbstractContextManager[None]:
        """A slot for the duration of a request; entering it raises ConcurrencyExceeded when all are taken."""
        return self._nothing if self._maximum is None else self._hold(caller, address, self._maximum)

    @contextmanager
    def _hold(self, caller: Caller, address: str, maximum: int) -> Iterator[None]:
        user = caller.principal.user_id
        client = f"address:{widen_address(address)}" if user is None else f"identity:{user}"
        held = self._held.get(client, 0)
        if held >= maximum:
            error = ConcurrencyExceeded(
                f"At most {maximum} requests of one client may be in flight. Wait for one of them to end.",
                extensions={"limit": "client requests", "allowed": maximum},
            )
            self._security.note(error, address, user)
            raise error
        self._held[client] = held + 1
        try:
            yield
        finally:
            self._held[client] -= 1
            if not self._held[client]:
                del self._held[client]
