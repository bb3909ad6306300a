"""The small graph, asked in the process and through its ASGI app."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from entrepot.shared.auth import ANONYMOUS, IDENTITY_HEADER, IdentitySigner, IdentityVerifier, Principal
from entrepot.shared.graphql import Context, IdentityPolicy, SubgraphEndpoint, SubgraphView, build_app
from entrepot.shared.graphql.errors import to_response
from tests.support.asgi_client import AsgiClient
from tests.support.kernel import Kernel, LeapingClock, open_kernel
from tests.support.kernel_graph import SCHEMA

Ask = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def kernel(tmp_path: Path) -> AsyncIterator[Kernel]:
    async with open_kernel(tmp_path, LeapingClock()) as opened:
        yield opened


@pytest.fixture
def ask(kernel: Kernel) -> Ask:
    """The response to an operation, with a context of its own."""

    async def execute(query: str, principal: Principal = ANONYMOUS, **variables: Any) -> dict[str, Any]:
        context: Context[None] = Context(principal, kernel.transactions, kernel.fan_out)
        return to_response(await SCHEMA.execute(query, variable_values=variables, context_value=context))

    return execute


@dataclass
class Served:
    """The app, and the router that signs for callers."""

    client: AsgiClient
    signer: IdentitySigner
    app: Any

    def identity(self, principal: Principal = ANONYMOUS) -> dict[str, str]:
        return {IDENTITY_HEADER: self.signer.token_for(principal, "tests")}


@pytest.fixture
def key() -> Ed25519PrivateKey:
    """What the router signs with."""
    return Ed25519PrivateKey.generate()


@pytest.fixture
def view(kernel: Kernel, key: Ed25519PrivateKey) -> SubgraphView:
    """Strawberry's view alone."""
    identity = IdentityPolicy(IdentityVerifier(key.public_key(), "tests", kernel.clock))
    return SubgraphView(SCHEMA, identity, kernel.transactions, kernel.fan_out)


@pytest.fixture
def served(kernel: Kernel, key: Ed25519PrivateKey, view: SubgraphView) -> Served:
    """The app as a process builds it."""
    app = build_app(SubgraphEndpoint(view), [])
    return Served(AsgiClient(app), IdentitySigner(key, kernel.clock), app)
