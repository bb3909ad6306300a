"""The check as a whole: composition, contracts, renames, approvals, and agreement with graphql-core."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from graphql import find_breaking_changes

from entrepot.router.checks import Contract, Criticality, apply_approvals, check_versions, read_approvals
from entrepot.router.errors import ConfigurationInvalid
from tests.router.checks.graphs import BASE, SDL, build, change
from tests.router.checks.single_changes import SINGLE_CHANGES

TODAY = date(2026, 11, 30)


def test_a_head_that_does_not_compose_fails_and_has_no_changes() -> None:
    head = change(("reviews", "  name: String @external\n", "  name: Int @external\n"))
    result = check_versions(BASE, head)
    assert not result.is_passed
    assert result.changes == ()
    assert [error.code for error in head.composition.errors] == ["EXTERNAL_TYPE_MISMATCH"]


def test_a_base_that_does_not_compose_is_remarked() -> None:
    base = change(("reviews", "  name: String @external\n", "  name: Int @external\n"))
    result = check_versions(base, BASE)
    assert result.changes == ()
    assert result.remarks == ("head does not compose: nothing was compared with it.",)


def test_a_contract_that_is_left_without_a_schema_is_breaking() -> None:
    field = "  reviews(product: ID!): [Review!]\n"
    head = change(("reviews", field, f"{field}  offers: Int\n"))
    lost = Contract("nothing", include=frozenset({"staff"}))
    kept = check_versions(BASE, head, contracts=[lost])
    assert [each.code for each in kept.changes] == ["FIELD_ADDED"]
    head = change(("catalog", ' @tag(name: "staff")', ""))
    (broken,) = check_versions(BASE, head, contracts=[lost]).changes
    assert (broken.code, broken.contract, broken.is_refused) == ("CONTRACT_NOT_COMPOSED", "nothing", True)


def test_only_hints_that_the_base_has_not_are_reported() -> None:
    assert BASE.composition.hints
    assert check_versions(BASE, build("head", SDL)).hints == ()
    head = change(("catalog", "directive @lower", "directive @upper on FIELD\n\ndirective @lower"))
    assert [hint.coordinate for hint in check_versions(BASE, head).hints] == ["@upper"]


def test_a_subgraph_that_is_removed_and_one_that_is_added() -> None:
    alone = build("alone", {"catalog": SDL["catalog"]})
    codes = {(each.code, each.coordinate) for each in check_versions(BASE, alone).changes}
    assert {("SUBGRAPH_REMOVED", "reviews"), ("TYPE_REMOVED", "Review"), ("ROOT_TYPE_REMOVED", "Subscription")} <= codes
    back = check_versions(alone, BASE)
    assert ("SUBGRAPH_ADDED", "reviews") in {(each.code, each.coordinate) for each in back.changes}
    # A directive of operations reaches clients while every subgraph knows it.
    assert [(each.code, each.coordinate) for each in back.changes if each.is_refused] == [
        ("DIRECTIVE_REMOVED", "@lower")
    ]


def test_a_change_of_a_contract_alone_is_reported_for_the_contract() -> None:
    head = change(
        ("catalog", ' @tag(name: "staff")', ""),
        ("catalog", "  country: String\n", '  country: String @tag(name: "staff")\n'),
    )
    storefront = Contract("storefront", exclude=frozenset({"staff"}))
    assert check_versions(BASE, head).changes == ()
    result = check_versions(BASE, head, contracts=[storefront])
    assert {(each.code, each.coordinate, each.contract) for each in result.changes} == {
        ("FIELD_REMOVED", "Brand.country", "storefront"),
        ("FIELD_ADDED", "Query.internalNotes", "storefront"),
    }
    assert not result.is_passed


def test_a_rename_is_recognised() -> None:
    result = check_versions(BASE, change(("catalog", "  country: String\n", "  land: String\n")))
    removed = next(each for each in result.changes if each.code == "FIELD_REMOVED")
    assert (removed.evidence or "").startswith("It looks renamed to Brand.land:")
    head = change(("catalog", "type Shelf {", "type Rack {"), ("catalog", "): Shelf\n", "): Rack\n"))
    removed = next(each for each in check_versions(BASE, head).changes if each.code == "TYPE_REMOVED")
    assert (removed.evidence or "").startswith("It looks renamed to Rack:")
    other = check_versions(BASE, change(("catalog", "  country: String\n", "  land: Int\n")))
    assert next(each for each in other.changes if each.code == "FIELD_REMOVED").evidence is None


class TestApprovals:
    def approve(self, folder: Path, fingerprint: str, until: str = "2027-01-31", **entry: str) -> Path:
        values = {"by": "ada@example.com", "reason": "no client is left", **entry}
        lines = [f"  - fingerprint: '{fingerprint}'", *(f"    {name}: '{text}'" for name, text in values.items())]
        path = folder / "approvals.yaml"
        path.write_text("\n".join(["approvals:", *lines, f"    until: '{until}'"]))
        return path

    def test_an_approved_change_passes_until_its_last_day(self, tmp_path: Path) -> None:
        result = check_versions(BASE, change(("catalog", "  country: String\n", "")))
        (removed,) = result.changes
        path = self.approve(tmp_path, removed.fingerprint)
        approvals = read_approvals(path, {})
        for today, is_refused in (TODAY, False), (date(2027, 1, 31), False), (date(2027, 2, 1), True):
            (weighed,), remarks = apply_approvals([removed], approvals, today)
            assert weighed.is_refused == is_refused
            assert weighed.criticality is Criticality.BREAKING
            assert bool(remarks) == is_refused

    def test_an_approval_of_nothing_is_remarked(self, tmp_path: Path) -> None:
        path = self.approve(tmp_path, "0" * 16)
        _, remarks = apply_approvals([], read_approvals(path, {}), TODAY)
        assert remarks == [f"The approval {'0' * 16} by ada@example.com matches no change: remove it."]

    @pytest.mark.parametrize("entry", [{"by": ""}, {"reason": " "}, {"until": "soon"}])
    def test_an_incomplete_entry_is_refused(self, tmp_path: Path, entry: dict[str, str]) -> None:
        path = self.approve(tmp_path, "0" * 16, **{"until": "2027-01-31", **entry})
        with pytest.raises(ConfigurationInvalid, match="approval"):
            read_approvals(path, {})

    def test_a_fingerprint_is_that_of_one_change(self) -> None:
        heads = [change(case[:3]) for case in SINGLE_CHANGES[:40]]
        found = [each for head in heads for each in check_versions(BASE, head).changes]
        assert len({each.fingerprint for each in found}) == len(
            {(each.code, each.coordinate, each.message) for each in found}
        )


@pytest.mark.parametrize("case", SINGLE_CHANGES[::4], ids=lambda case: f"{case[3]} {case[4]}")
def test_what_graphql_core_calls_breaking_breaks_here(case: tuple[str, str, str, str, str]) -> None:
    head = change(case[:3])
    theirs = find_breaking_changes(BASE.api_schema, head.api_schema)
    ours = [each for each in check_versions(BASE, head).changes if each.criticality is Criticality.BREAKING]
    assert ours or not theirs
