"""Requests that nobody sends by accident, against the real shop: each a coded error, nothing internal."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.mesh import Shop, open_shop

NAMED = "query ($id: ID!) { product(id: $id) { id } }"


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as shop:
        yield shop


def body(query: str, **variables: object) -> bytes:
    return json.dumps({"query": query, "variables": variables}).encode()


CASES = {
    "no JSON": (b"{", "BAD_REQUEST"),
    "no object": (b"null", "BAD_REQUEST"),
    "a batch": (b"[]", "BATCH_REFUSED"),
    "no UTF-8": (b"\xff\xfe", "BAD_REQUEST"),
    "half a document": (body("{ products"), "GRAPHQL_PARSE_FAILED"),
    "half a character": (b'{"query": "%s", "variables": {"id": "\\ud800"}}' % NAMED.encode(), "BAD_REQUEST"),
    "a NUL": (body(NAMED, id="prd_\0"), "BAD_USER_INPUT"),
    "an escaped NUL": (body('{ product(id: "prd_\\u0000") { id } }'), "BAD_USER_INPUT"),
    "what only looks like one": (body('{ product(id: "prd_\\\\u0000") { id } }'), None),
    "too deep": (body("{" + "a{" * 5000 + "}" * 5000 + "}"), "GRAPHQL_PARSE_FAILED"),
    "too many tokens": (body("{" + " ".join(f"a{n}: __typename" for n in range(9000)) + "}"), "GRAPHQL_PARSE_FAILED"),
    "too many aliases": (
        body("{" + " ".join(f"a{n}: __typename" for n in range(2000)) + "}"),
        "OPERATION_LIMIT_EXCEEDED",
    ),
    "a circle": (
        body("{ categories { ...A } } fragment A on Category { children { ...A } }"),
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "a number beyond Int": (body("{ products(first: 99999999999) { edges { cursor } } }"), "GRAPHQL_VALIDATION_FAILED"),
    "too long a page": (body("{ products(first: 1000) { edges { cursor } } }"), "BAD_USER_INPUT"),
    "a price without currency": (
        body("{ products(filter: { minimumPrice: 5 }) { edges { cursor } } }"),
        "BAD_USER_INPUT",
    ),
    "SQL in a search": (
        body("query ($s: String) { products(filter: { search: $s }) { edges { cursor } } }", s="'; DROP TABLE x; --"),
        None,
    ),
    "too large": (b"x" * 3_000_000, "PAYLOAD_TOO_LARGE"),
}


async def test_each_is_answered_with_its_code(shop: Shop) -> None:
    found = {}
    for name, (content, _) in CASES.items():
        headers = {"content-type": "application/json"}
        async with shop.client.session.post(shop.client.url, data=io.BytesIO(content), headers=headers) as response:
            assert response.status < 500, name
            answer = await response.json(content_type=None)
        assert "Traceback" not in str(answer)
        found[name] = answer["errors"][0]["extensions"]["code"] if "errors" in answer else None
    assert found == {name: code for name, (_, code) in CASES.items()}
