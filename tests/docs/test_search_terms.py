"""A newcomer's search: the field's term finds the module, the page and, where there is one, the configuration key."""

from __future__ import annotations

import ast

import pytest

from entrepot.router.config import build_config_schema
from tests.support.tree import ROOT

TERMS = (
    # term, module whose docstring has it, page with a heading that has it, configuration key
    ("response cache", "router/traffic/response_cache/cache.py", "docs/caching.md", "response_cache"),
    ("in-flight deduplication", "router/traffic/resilience/deduplication.py", "docs/traffic.md", "deduplicate"),
    ("concurrency limit", "router/traffic/resilience/concurrency_limit.py", "docs/traffic.md", "concurrency_limit"),
    ("half-open", "router/traffic/resilience/circuit_breaker.py", "docs/traffic.md", "circuit_breaker"),
    ("header propagation", "router/traffic/response_headers.py", "docs/traffic.md", "propagate"),
    ("group commit", "shared/events/outbox/group_commit.py", "docs/events.md", None),
    ("dead letter", "shared/events/inbox/redelivery.py", "docs/events.md", None),
    (
        "persisted documents",
        "router/pipeline/persisted_documents/registry.py",
        "docs/clients.md",
        "persisted_documents",
    ),
    ("entity fetch", "router/planning/fetch_graph/entity_fetches.py", "docs/planning.md", None),
    ("exactly once", "shared/events/inbox/inbox.py", "docs/events.md", None),
)


def _keys(schema: object) -> set[str]:
    """The names of all keys of the configuration, at any depth."""
    if isinstance(schema, dict):
        own = set(schema.get("properties", {})) if isinstance(schema.get("properties"), dict) else set()
        return own.union(*(_keys(value) for value in schema.values()))
    if isinstance(schema, list):
        return set().union(*(_keys(item) for item in schema))
    return set()


@pytest.mark.parametrize(("term", "module", "page", "key"), TERMS, ids=[term for term, *_ in TERMS])
def test_the_term_is_found(term: str, module: str, page: str, key: str | None) -> None:
    docstring = ast.get_docstring(ast.parse((ROOT / module).read_text())) or ""
    assert term in docstring.lower()
    headings = [line.lower() for line in (ROOT / page).read_text().splitlines() if line.startswith("#")]
    assert any(term in heading for heading in headings)
    assert key is None or key in _keys(build_config_schema())
