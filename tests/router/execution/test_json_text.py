import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.router.execution import ExecutionResult
from entrepot.router.execution.json_text import decode_json, encode_json

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(2**60, 2**90) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(values)
def test_whatever_json_says_survives(value: Any) -> None:
    assert decode_json(encode_json(value)) == value


@pytest.mark.parametrize(
    "integer", [2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**18, 10**19, 10**300, 9_223_372_036_854_775_808]
)
@pytest.mark.parametrize("padding", range(7))
def test_integers_are_exact_wherever_they_stand(integer: int, padding: int) -> None:
    text = b" " * padding + json.dumps({"n": integer}).encode()
    assert decode_json(text)["n"] == integer


def test_lone_surrogates_pass_through() -> None:
    value = decode_json(b'{"a":"\\ud800"}')
    assert decode_json(encode_json(value)) == value


@pytest.mark.parametrize(
    "text", [b"", b"{", b"NaN", b"[1e400]", b"\xff", b"Infinity", b"1" * 20 + b" NaN", b"[" * 100_000, b"9" * 5000]
)
def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError):
        decode_json(text)


def test_a_result_leaves_out_what_is_empty() -> None:
    assert ExecutionResult({"n": 2**65}).encode() == b'{"data":{"n":36893488147419103232}}'
    full = ExecutionResult(None, [{"message": "é"}], {"x": 1})
    assert json.loads(full.encode()) == {"data": None, "errors": [{"message": "é"}], "extensions": {"x": 1}}
