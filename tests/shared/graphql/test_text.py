"""The character that no database keeps is refused wherever an operation can hold it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.kernel_graph import READER


@pytest.mark.parametrize(
    "operation",
    [
        {"query": "query ($v: String) { a: __typename @skip(if: false) }", "variables": {"v": "a\0b"}},
        {"query": "{ __typename }", "variables": {"deep": [{"er": ["\0"]}]}},
        {"query": "{ __typename }", "variables": {"na\0me": 1}},
        {"query": r'{ __type(name: "\u0000") { name } }'},
        {"query": r'{ __type(name: "\\\u0000") { name } }'},
        {"query": r'{ __type(name: "\u{00}") { name } }'},
        {"query": "{ __typename # \0\n}"},
    ],
)
async def test_a_nul_is_refused(served: Any, operation: dict[str, Any]) -> None:
    answer = await served.client.post(operation, headers=served.identity(READER))
    assert (answer.status, answer.codes) == (200, ["BAD_USER_INPUT"])


@pytest.mark.parametrize("name", [r"\\u0000", r"\u0001", r"\\\\u{0}", "0"])
async def test_what_only_looks_like_one_is_taken(served: Any, name: str) -> None:
    answer = await served.client.query(f'{{ __type(name: "{name}") {{ name }} }}', headers=served.identity(READER))
    assert answer.json == {"data": {"__type": None}}
