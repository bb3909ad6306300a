"""A shared value with a union of which a subgraph that cannot be reached knows less."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Suite

SUITE = Suite(
    subgraphs={
        "a": Fixture(
            query={
                "getResponse": {
                    "message": "Hello, Federation!",
                    "actions": [
                        {"__typename": "Alpha", "id": "alpha-1", "value": "alpha value"},
                        {"__typename": "Beta", "id": "beta-1", "name": "beta name", "details": "beta details"},
                        {"__typename": "Gamma", "id": "gamma-1", "label": "gamma label"},
                    ],
                }
            }
        )
    }
)
