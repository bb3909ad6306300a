"""A user who is entered by the address that another subgraph has."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Ref, Suite

SUITE = Suite(
    rows={"User": {"1": {"id": "1", "email": "user1@example.com", "nickname": "user1"}}},
    subgraphs={"email": Fixture(query={"user": Ref("User", "1")})},
)
