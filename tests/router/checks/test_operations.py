"""What operations of clients say: who is broken, what nobody uses, which plans grow."""

from __future__ import annotations

from pathlib import Path

import pytest

from entrepot.router.checks import CheckResult, Version, check_versions
from entrepot.router.checks.operations import collect_usage
from tests.router.checks.graphs import BASE, change, known

PAGE = "query Page($id: ID!) { product(id: $id) { name kind reviews { stars } } }"
SEARCH = 'query Search { search(text: "a", kinds: [GOODS]) { __typename ... on Brand { country } } }'
ADD = "mutation ($new: AddProduct!) { addProduct(input: $new) { id } }"
LIST = "{ products(first: 3, filter: { minimum: 2 }) { ...Line } } fragment Line on Product { related { id } }"


def found(result: CheckResult) -> list[tuple[str, str, str]]:
    return [(each.code, each.coordinate, each.criticality) for each in result.changes]


def test_what_an_operation_uses_is_known_by_coordinate(tmp_path: Path) -> None:
    operations = known(tmp_path, search=SEARCH, list=LIST, add=ADD)
    usage = collect_usage(operations, BASE.api_schema)
    assert usage.count == 3
    for coordinate, users in {
        "Query.search": ["search#Search"],
        "Query.search(kinds:)": ["search#Search"],
        "Kind.GOODS": ["add", "search#Search"],
        "Kind.SERVICE": ["add"],
        "Brand.country": ["search#Search"],
        "SearchHit": ["search#Search"],
        "ProductFilter.minimum": ["list"],
        "ProductFilter.text": [],
        "Product.related": ["list"],
        "Node.id": ["add", "list"],
        "Part.count": ["add"],
        "AddProduct.price": ["add"],
        "Product.tags": [],
        "Shelf": [],
    }.items():
        assert usage.find(coordinate) == users, coordinate


@pytest.mark.parametrize(
    ("replacement", "code", "coordinate", "criticality"),
    [
        (("catalog", "  tags: [String]\n", ""), "FIELD_REMOVED", "Product.tags", "SAFE"),
        (("catalog", "  country: String\n", ""), "FIELD_REMOVED", "Brand.country", "BREAKING"),
        (("catalog", "  USD\n", ""), "ENUM_VALUE_REMOVED", "Currency.USD", "SAFE"),
        (("catalog", "odd(gone: Int)", "odd(gone: Int!)"), "ARGUMENT_TYPE_CHANGED", "Query.odd(gone:)", "SAFE"),
        (
            ("reviews", "  stars: Int\n", "  stars(of: Int!): Int\n"),
            "REQUIRED_ARGUMENT_ADDED",
            "Review.stars(of:)",
            "BREAKING",
        ),
        (
            ("catalog", "  labels: [String!]\n", "  labels: [String!]\n  shop: ID!\n"),
            "REQUIRED_INPUT_FIELD_ADDED",
            "ProductFilter.shop",
            "BREAKING",
        ),
        (
            ("catalog", "  count: Int = 1\n", "  count: Int = 1\n  of: ID!\n"),
            "REQUIRED_INPUT_FIELD_ADDED",
            "Part.of",
            "BREAKING",
        ),
        # Whoever was refused sent no operation: no usage is no evidence.
        (
            ("catalog", "[String!] @authenticated", "[String!]"),
            "AUTHORIZATION_LOOSENED",
            "Query.internalNotes",
            "BREAKING",
        ),
    ],
)
def test_a_break_that_nobody_uses_is_safe(
    tmp_path: Path, replacement: tuple[str, str, str], code: str, coordinate: str, criticality: str
) -> None:
    operations = known(tmp_path, page=PAGE, search=SEARCH, list=LIST, add=ADD)
    result = check_versions(BASE, change(replacement), operations=operations)
    assert (code, coordinate, criticality) in found(result)
    evidence = next(each.evidence for each in result.changes if each.code == code)
    if criticality == "SAFE":
        assert evidence == "None of 4 known operations uses it."
        assert result.is_passed
    else:
        assert not result.is_passed
        assert code == "AUTHORIZATION_LOOSENED" or (evidence or "").startswith("Used by ")


def test_a_broken_operation_says_why(tmp_path: Path) -> None:
    operations = known(tmp_path, search=SEARCH)
    result = check_versions(BASE, change(("catalog", "  country: String\n", "")), operations=operations)
    (broken,) = [each for each in result.changes if each.code == "OPERATION_BROKEN"]
    assert broken.coordinate == "search#Search"
    assert "Cannot query field 'country' on type 'Brand'" in broken.message


def test_an_operation_that_the_base_refuses_is_not_said_to_break(tmp_path: Path) -> None:
    operations = known(tmp_path, wrong="{ nothing }")
    result = check_versions(BASE, change(("catalog", "  country: String\n", "")), operations=operations)
    assert [each.code for each in result.changes] == ["FIELD_REMOVED"]


def test_a_plan_that_grows_is_shown_with_both_plans(tmp_path: Path) -> None:
    page = 'query Page { product(id: "1") { name weight } }'
    result = check_versions(
        BASE, change(("catalog", "  weight: Int @shareable\n", "")), operations=known(tmp_path, page=page)
    )
    assert ("OPERATION_SLOWER", "page#Page", "DANGEROUS") in found(result)
    (slower,) = [each for each in result.changes if each.code == "OPERATION_SLOWER"]
    assert "grows from 1 request in 1 wave to 2 requests in 2 waves" in slower.message
    assert slower.details is not None
    assert slower.details.startswith("base:\n")
    assert "\nhead:\n" in slower.details


def test_a_plan_that_shrinks_is_no_finding(tmp_path: Path) -> None:
    head = change(("catalog", "  weight: Int @shareable\n", ""))
    page = 'query Page { product(id: "1") { name weight } }'
    result = check_versions(
        head, Version("base", BASE.subgraphs, BASE.files, BASE.composition), operations=known(tmp_path, page=page)
    )
    assert "OPERATION_SLOWER" not in [each.code for each in result.changes]
