"""schema/operations holds documents that the API schema accepts, each named like its file."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import OperationDefinitionNode, build_schema, parse, validate

from tests.support.tree import ROOT

OPERATIONS = sorted((ROOT / "schema" / "operations").glob("*.graphql"))
STOREFRONT = {"BrowseProducts", "ProductPage", "SearchProducts", "CartPage", "Register", "PlaceOrder", "OrderStatus"}


@pytest.mark.parametrize("path", OPERATIONS, ids=lambda path: path.stem)
def test_an_operation_is_valid_and_named_like_its_file(path: Path) -> None:
    schema = build_schema((ROOT / "schema" / "api.graphql").read_text())
    document = parse(path.read_text())
    assert [error.message for error in validate(schema, document)] == []
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name is not None
    assert operation.name.value == path.stem


def test_a_storefront_finds_what_it_sends() -> None:
    assert STOREFRONT - {path.stem for path in OPERATIONS} == set()


def test_the_api_schema_has_no_federation_in_it() -> None:
    text = (ROOT / "schema" / "api.graphql").read_text()
    assert [word for word in ("join__", "link__", "@link", "@key", "_entities", "_Service") if word in text] == []
