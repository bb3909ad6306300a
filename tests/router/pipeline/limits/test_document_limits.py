"""Limits hold exactly, and what would make validation slow is refused before it."""

import time
from collections.abc import Callable

import pytest
from graphql import get_introspection_query

from entrepot.router.config import LimitsConfig, RouterConfig
from tests.support.asgi_client import AsgiClient

BuildClient = Callable[..., AsgiClient]

# What is limited, to what, a document that just passes and one that just does not.
CASES: dict[str, tuple[LimitsConfig, str, str]] = {
    "tokens": (LimitsConfig(max_tokens=6), "{ me { id } }", "{ me { id name } }"),
    "depth": (LimitsConfig(max_depth=3), "{ me { notes { text } } }", "{ me { notes { author { id } } } }"),
    "depth in fragments": (
        LimitsConfig(max_depth=2),
        "{ ...A } fragment A on Query { me { ...B } } fragment B on Person { id }",
        "{ ...A } fragment A on Query { me { ...B } } fragment B on Person { notes { text } }",
    ),
    "aliases": (
        LimitsConfig(max_aliases=2),
        "{ a: __typename b: __typename }",
        "{ a: __typename b: __typename me { c: id } }",
    ),
    "root fields": (
        LimitsConfig(max_root_fields=2),
        "{ me { id name } secret }",
        "{ me { id } secret ... { a: __typename } }",
    ),
    "fields": (LimitsConfig(max_fields=3), "{ me { id name } }", "{ me { id name email } }"),
    "fields, fragments counted each time": (
        LimitsConfig(max_fields=4),
        "{ me { ...A } people { ...A } } fragment A on Person { id }",
        "{ me { ...A } people { ...A } } fragment A on Person { id name }",
    ),
    "fields, of all operations together": (
        LimitsConfig(max_fields=4),
        "query A { me { id } } query B { me { id } }",
        "query A { me { id } } query B { me { id name } }",
    ),
    "field pairs": (LimitsConfig(max_overlapping_field_pairs=3), "{ me { id id id } }", "{ me { id id id id } }"),
    "field pairs below merged parents": (
        LimitsConfig(max_overlapping_field_pairs=2),
        "{ me { id } me { id } }",
        "{ me { id name } me { id name } }",
    ),
}
CODES = {"tokens": "GRAPHQL_PARSE_FAILED"}


@pytest.mark.parametrize("name", CASES)
async def test_just_under_passes_and_just_over_is_refused(build_client: BuildClient, name: str) -> None:
    limits, under, over = CASES[name]
    client = build_client(RouterConfig(limits=limits))
    assert "data" in (await client.post({"query": under, "operationName": "A" if "query A" in under else None})).json
    refused = await client.query(over, headers={"accept": "application/graphql-response+json"})
    code = CODES.get(name, "OPERATION_LIMIT_EXCEEDED")
    assert (refused.status, refused.codes) == (400, [code])
    assert client.app.security.counts == {("limit_exceeded", code): 1}


async def test_a_document_that_only_does_not_parse_is_no_security_event(build_client: BuildClient) -> None:
    client = build_client(RouterConfig(limits=LimitsConfig(max_tokens=6)))
    assert (await client.query("{ me { } }")).codes == ["GRAPHQL_PARSE_FAILED"]
    assert not client.app.security.counts


async def test_a_fragment_that_no_operation_uses_counts_too(build_client: BuildClient) -> None:
    client = build_client(RouterConfig(limits=LimitsConfig(max_depth=2)))
    answer = await client.query("{ __typename } fragment A on Person { notes { author { id } } }")
    assert answer.codes == ["OPERATION_LIMIT_EXCEEDED"]


async def test_a_fragment_that_spreads_itself_is_refused_as_such(client: AsgiClient) -> None:
    answer = await client.query("{ me { ...A } } fragment A on Person { notes { author { ...A } } }")
    assert answer.codes == ["GRAPHQL_VALIDATION_FAILED"]
    assert "Cannot spread fragment 'A' within itself" in answer.json["errors"][0]["message"]


def _nested(open_text: str, close_text: str, depth: int) -> str:
    return open_text * depth + close_text * depth


HOSTILE = {
    "the same field over and over": "{" + "__typename " * 14_000 + "}",
    "the same object over and over": "{" + "me{id} " * 3_000 + "}",
    "fragments that double at each level": "{ ...F0 }"
    + "".join(f"fragment F{i} on Query {{ ...F{i + 1} a{i}: me {{ id }} ...F{i + 1} }}" for i in range(200))
    + "fragment F200 on Query { __typename }",
    "fragments that double below fields": "{ me { ...P0 } }"
    + "".join(
        f"fragment P{i} on Person {{ a: notes {{ author {{ ...P{i + 1} }} }} b: notes {{ author {{ ...P{i + 1} }} }} }}"
        for i in range(25)
    )
    + "fragment P25 on Person { id }",
    "hundreds of fragments side by side": "{ me {"
    + "".join(f"...F{i} " for i in range(1000))
    + "} }"
    + "".join(f"fragment F{i} on Person {{ id }}" for i in range(1000)),
    "deep selections": "{ me { notes { author" * 1 + _nested("{ notes { author ", "}}", 2000) + "}}}",
    "deep lists": "{ people(first: " + _nested("[", "]", 5000) + ") { id } }",
    "deep objects": "{ people(filter: " + _nested("{a:", "}", 3000) + ") { id } }",
    "deep types": "query($a: " + _nested("[", "]", 5000) + ") { __typename }",
    "many aliases": "{" + "".join(f"a{i}: __typename " for i in range(3000)) + "}",
    "many directives": "{ __typename " + "@skip(if: false) " * 2_000 + "}",
    "many variables": "query(" + "".join(f"$v{i}: Int " for i in range(3000)) + ") { __typename }",
    "many operations": "".join(f"query Q{i} {{ __typename }} " for i in range(2500)),
    "many operations over many fragments": "".join(f"query Q{i} {{ ...All }} " for i in range(1000))
    + f"fragment All on Query {{ {' '.join(f'...F{i}' for i in range(700))} }}"
    + "".join(f"fragment F{i} on Query {{ __typename }} " for i in range(700)),
    "one unclosed brace after another": "{ me " * 100_000,
    "one very long name": "{ " + "a" * 1_000_000 + " }",
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_document_is_refused_soon(client: AsgiClient, name: str) -> None:
    began = time.perf_counter()
    answer = await client.query(HOSTILE[name])
    assert answer.status == 200
    assert answer.json["errors"]
    assert {
        "GRAPHQL_PARSE_FAILED",
        "GRAPHQL_VALIDATION_FAILED",
        "OPERATION_LIMIT_EXCEEDED",
        "OPERATION_RESOLUTION_FAILED",
    } >= set(answer.codes)
    # Far above what it takes, far below what the unguarded work would.
    assert time.perf_counter() - began < 3


async def test_an_ordinary_introspection_is_within_all_limits(client: AsgiClient) -> None:
    query = get_introspection_query(input_value_deprecation=True, directive_is_repeatable=True)
    assert (await client.query(query)).json["data"]["__schema"]["queryType"]["name"] == "Query"
