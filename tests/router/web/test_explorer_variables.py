"""Expressions in the variables of the explorer's tabs, refused at start when they can never have a value."""

from typing import Any

import pytest

from entrepot.router.config import DefaultTab, ExplorerConfig, ExplorerLookup, parse_config
from entrepot.router.errors import ConfigurationInvalid
from entrepot.router.web.explorer_variables import check_variables
from entrepot.wiring.demo import build_explorer

MAKE = """mutation Make { make { thing { ...Parts } errors { message } } }
fragment Parts on Thing { id parts { name isGood data } ... on Big { size: width } }"""
LOOKUP = ExplorerLookup(document="query Newest { newest { id } }", provided_by="Make")


def check(variables: str | dict[str, Any], *lookups: ExplorerLookup) -> None:
    tabs = (
        DefaultTab(name="Make", query=MAKE),
        DefaultTab(name="Use", query="query Use($id: ID!) { thing(id: $id) { id } }", variables=variables),
    )
    check_variables(ExplorerConfig(default_tabs=tabs, lookups=lookups or (LOOKUP,)))


class TestGoodOnes:
    @pytest.mark.parametrize(
        "expression",
        [
            "{{ uuid() }}",
            "{{uuid()}}",
            "{{ Make.make.thing.id }}",
            "{{ Make.make.thing.size }}",
            "{{ Make.make.thing.parts[0].name }}",
            "{{ Make.make.thing.parts[*].data.anything.of.a.scalar }}",
            "{{ Make.make.thing.parts[?isGood].name | Newest.newest.id | uuid() }}",
            "{{ Make.make[?thing.id].thing.id }}",
            "{ no expression }",
        ],
    )
    def test_they_pass(self, expression: str) -> None:
        check({"id": expression})
        check({"input": {"ids": ["a", expression], "count": 3}})
        check(f'{{"id": "{expression}"}}')

    def test_text_without_expressions_may_be_anything(self) -> None:
        check('{ "id": ')

    def test_those_of_the_demonstration(self) -> None:
        config = build_explorer(is_demo=True)
        assert any("{{" in str(tab.variables) for tab in config.default_tabs)
        check_variables(config)


class TestBadOnes:
    @pytest.mark.parametrize(
        ("expression", "message"),
        [
            ("{{ Make.make.thing.id", "holds no valid expression: {{ Make.make.thing.id. Write {{ uuid() }} or"),
            ("thing-{{ uuid() }}", "as the whole string"),
            ("{{ }}", "holds no valid expression"),
            ("{{ now() }}", "holds no valid expression"),
            ("{{ Make }}", "holds no valid expression"),
            ("{{ Make.make.thing.parts[-1].name }}", "holds no valid expression"),
            ("{{ Make.make.thing.id || uuid() }}", "holds no valid expression"),
            (
                "{{ Mak.make.thing.id }}",
                "names the operation Mak, which neither a tab nor a lookup has (did you mean Make",
            ),
            ("{{ uuid() | Other.a }}", "names the operation Other, which neither"),
            ("{{ Make.make.thing.width }}", "reads make.thing.width, which the operation Make does not select"),
            ("{{ Make.make.thing.parts[?isBad].name }}", "reads make.thing.parts.isBad, which"),
            ("{{ Newest.newest.name }}", "reads newest.name, which the operation Newest does not select"),
        ],
    )
    def test_the_place_and_the_reason_are_said(self, expression: str, message: str) -> None:
        with pytest.raises(ConfigurationInvalid) as refusal:
            check({"input": {"ids": ["a", expression]}})
        assert str(refusal.value).startswith("explorer.default_tabs[1].variables.input.ids[1] ")
        assert message in str(refusal.value)

    def test_variables_as_text_must_be_json(self) -> None:
        with pytest.raises(
            ConfigurationInvalid, match=r"default_tabs\[1\]\.variables holds expressions, so it must be JSON"
        ):
            check('{"id": {{ uuid() }} }')

    @pytest.mark.parametrize(
        ("document", "provided_by", "message"),
        [
            ("query { newest { id } }", "Make", "document must be one named query"),
            ("query A { a } query B { b }", "Make", "document must be one named query"),
            ("query A {", "Make", "document must be one named query"),
            ("mutation A { a }", "Make", "must be a query without variables: A is not"),
            ("query A($b: Int) { a(b: $b) }", "Make", "must be a query without variables: A is not"),
            ("query Use { a }", "Make", "another operation is called Use too"),
            ("query A { a }", "Mke", r"provided_by is Mke, but no tab has .* \(did you mean Make\?\)"),
        ],
    )
    def test_lookups_that_cannot_run(self, document: str, provided_by: str, message: str) -> None:
        with pytest.raises(ConfigurationInvalid, match=rf"^explorer\.lookups\[1\]\..*{message}"):
            check({}, LOOKUP, ExplorerLookup(document=document, provided_by=provided_by))


def test_yaml_says_it_too() -> None:
    text = """
explorer:
  lookups: [{document: "query Newest { newest { id } }", provided_by: Make}]
  default_tabs:
    - {name: Make, query: "mutation Make { make { id } }", requires_login: true}
    - {name: Use, query: "query Use($id: ID!) { a(id: $id) }", variables: {id: "{{ Newest.newest.idd }}"}}
"""
    config = parse_config(text, {}).explorer
    assert config.default_tabs[0].requires_login
    with pytest.raises(ConfigurationInvalid, match=r"reads newest\.idd, which the operation Newest does not select"):
        check_variables(config)
