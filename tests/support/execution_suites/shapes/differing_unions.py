"""Unions and interfaces whose members differ between subgraphs: an object of a member that one lacks is still there."""

from __future__ import annotations

from typing import Any

from tests.support.execution_suites.model import Fixture, Ref, refs
from tests.support.execution_suites.shapes.shape import build_shape

_COMMON = {"__typename": "Common", "label": "c"}
_A, _B = {"__typename": "OnlyA", "a": 1}, {"__typename": "OnlyB", "b": 2}
_TYPES = "type Common @shareable {{ label: String }} type Only{0} {{ {1}: {2} }} union Action = Common | Only{0} "
_FIRST, _SECOND = _TYPES.format("A", "a", "Int"), _TYPES.format("B", "b", "Int")
_ASK = "__typename ... on Common { label } ... on OnlyA { a } ... on OnlyB { b }"
_LOST = {"__typename": "OnlyA", "a": None}


def _both(field: str, first: str = _FIRST, second: str = _SECOND) -> dict[str, str]:
    return {
        "one": f"type Query {{ actions: {field} @shareable }} {first}",
        "two": f"type Query {{ actions: {field} @shareable }} {second}",
    }


def _answering(first: Any, second: Any) -> dict[str, Fixture]:
    return {"one": Fixture(query={"actions": first}), "two": Fixture(query={"actions": second})}


_N_ROWS = {
    "A": {"a": {"id": "a", "k": 1, "a": 10, "b": 20}},
    "X": {"x": {"id": "x", "k": 2, "x": 30, "child": Ref("C", "c")}},
    "Y": {"y": {"id": "y", "k": 3, "y": 40}},
    "C": {"c": {"id": "c", "name": "nested", "more": 50}},
}
_N = 'interface N {{ id: ID! }} type A implements N @key(fields: "id") {{ id: ID! {} }} {}'
_X = 'type X implements N @key(fields: "id") { id: ID! x: Int }'
_Y = 'type Y implements N @key(fields: "id") { id: ID! y: Int }'

DIFFERING_UNIONS = (
    build_shape(
        "union-member-of-one",
        subgraphs=_both("[Action!]!"),
        fixtures=_answering([_COMMON, _A], [_COMMON, _B]),
        rows={},
        cases={
            f"{{ actions {{ {_ASK} }} }}": {"actions": [{"__typename": "Common", "label": "c"}, _LOST]},
            "{ actions { ... on OnlyA { a } } }": {"actions": [{}, {"a": None}]},
            "{ actions { ... on OnlyB { b } } }": {"actions": [{}, {}]},
            "{ actions { __typename } }": {"actions": [{"__typename": "Common"}, {"__typename": "OnlyA"}]},
        },
    ),
    build_shape(
        "union-member-of-one-alone",
        subgraphs=_both("Action"),
        fixtures=_answering(_A, _B),
        rows={},
        cases={
            f"{{ actions {{ {_ASK} }} }}": {"actions": _LOST},
            "{ actions { kind: __typename ... on Common { label } } }": {"actions": {"kind": "OnlyA"}},
            "{ actions { ... on OnlyA { x: a y: a } } }": {"actions": {"x": None, "y": None}},
        },
    ),
    build_shape(
        "union-member-with-a-non-null-field",
        subgraphs=_both("[Action!]!", _TYPES.format("A", "a", "Int!")),
        fixtures=_answering([_COMMON, _A], [_COMMON, _B]),
        rows={},
        cases={"{ actions { ... on Common { label } } }": {"actions": [{"label": "c"}, {}]}},
        failing={"{ actions { ... on OnlyA { a } } }": None, "{ actions { __typename ... on OnlyA { a } } }": None},
    ),
    build_shape(
        "union-member-with-a-non-null-field-in-a-nullable-list",
        subgraphs=_both("[[Action]]", _TYPES.format("A", "a", "Int!")),
        fixtures=_answering([[_A, _COMMON], None, [None]], [[_B, _COMMON], None, [None]]),
        rows={},
        cases={"{ actions { ... on Common { label } } }": {"actions": [[{}, {"label": "c"}], None, [None]]}},
        failing={
            "{ actions { ... on OnlyA { a } ... on Common { label } } }": {
                "actions": [[None, {"label": "c"}], None, [None]]
            }
        },
    ),
    build_shape(
        "union-without-a-member-of-both",
        subgraphs={
            "one": f"type Query {{ actions: Action }} {_FIRST}",
            "two": f"type Query {{ others: Action }} {_SECOND}",
        },
        fixtures={"one": Fixture(query={"actions": _A}), "two": Fixture(query={"others": _B})},
        rows={},
        cases={
            f"{{ actions {{ {_ASK} }} others {{ {_ASK} }} }}": {
                "actions": {"__typename": "OnlyA", "a": 1},
                "others": {"__typename": "OnlyB", "b": 2},
            },
        },
    ),
    build_shape(
        "union-below-an-entity",
        subgraphs={
            "root": 'type Query { hub: Hub! } type Hub @key(fields: "k") { k: ID! }',
            "one": f'type Hub @key(fields: "k") {{ k: ID! actions: [Action!]! @shareable }} {_FIRST}',
            "two": f'type Hub @key(fields: "k") {{ k: ID! actions: [Action!]! @shareable }} {_SECOND}',
        },
        fixtures={"root": Fixture(query={"hub": Ref("Hub", "h")})},
        rows={"Hub": {"h": {"k": "h", "actions": [_A, _COMMON]}}},
        cases={
            f"{{ hub {{ k actions {{ {_ASK} }} }} }}": {
                "hub": {"k": "h", "actions": [_LOST, {"__typename": "Common", "label": "c"}]}
            },
        },
    ),
    build_shape(
        "union-of-values-in-a-shared-value",
        subgraphs={
            "one": f"type Query {{ box: Box @shareable }} type Box @shareable {{ best: Action size: Int }} {_FIRST}",
            "two": f"type Query {{ box: Box @shareable }} type Box @shareable {{ best: Action size: Int }} {_SECOND}",
        },
        fixtures={
            "one": Fixture(query={"box": {"best": _A, "size": 3}}),
            "two": Fixture(query={"box": {"best": _B, "size": 3}}),
        },
        rows={},
        cases={
            f"{{ box {{ size best {{ {_ASK} }} }} }}": {"box": {"size": 3, "best": _LOST}},
            "{ box { best { ... on Common { label } } } }": {"box": {"best": {}}},
        },
    ),
    build_shape(
        "union-of-mutations",
        subgraphs={
            "one": f"type Query {{ q: Int }} type Mutation {{ act: Action! @shareable }} {_FIRST}",
            "two": f"type Query {{ r: Int }} type Mutation {{ act: Action! @shareable }} {_SECOND}",
        },
        fixtures={"one": Fixture(mutation={"act": _A}), "two": Fixture(mutation={"act": _B})},
        rows={},
        cases={f"mutation {{ act {{ {_ASK} }} }}": {"act": _LOST}},
    ),
    build_shape(
        "interface-implementation-of-one",
        subgraphs={
            "one": "type Query { n: [N!] @shareable } " + _N.format("a: Int", _X),
            "two": "type Query { n: [N!] @shareable } " + _N.format("b: Int", _Y),
        },
        fixtures={
            "one": Fixture(query={"n": [Ref("A", "a"), Ref("X", "x")]}),
            "two": Fixture(query={"n": [Ref("A", "a"), Ref("Y", "y")]}),
        },
        rows=_N_ROWS,
        cases={
            "{ n { id } }": {"n": [{"id": "a"}, {"id": "x"}]},
            "{ n { __typename key: id } }": {"n": [{"__typename": "A", "key": "a"}, {"__typename": "X", "key": "x"}]},
            "{ n { id ... on X { x } ... on A { a b } } }": {
                "n": [{"id": "a", "a": 10, "b": 20}, {"id": "x", "x": None}]
            },
            "{ n { ... on N { id } ... on A { a } } }": {"n": [{"id": "a", "a": 10}, {"id": "x"}]},
            "{ n { ... on N { id } ... on A { b } } }": {"n": [{"id": "a", "b": 20}, {"id": "y"}]},
        },
        failing={"{ n { ... on X { id } } }": {"n": None}},
    ),
    build_shape(
        "interface-implementation-with-objects-below",
        subgraphs={
            "one": "type Query { n: N @shareable } interface N { id: ID! child: C } "
            'type A implements N @key(fields: "id") { id: ID! child: C } '
            'type X implements N @key(fields: "id") { id: ID! child: C } '
            'type C @key(fields: "id") { id: ID! name: String }',
            "two": "type Query { n: N @shareable } interface N { id: ID! } "
            'type A implements N @key(fields: "id") { id: ID! } type Y implements N @key(fields: "id") '
            '{ id: ID! child: C } type C @key(fields: "id") { id: ID! }',
            "three": 'type C @key(fields: "id") { id: ID! more: Int }',
        },
        fixtures={"one": Fixture(query={"n": Ref("X", "x")}), "two": Fixture(query={"n": Ref("Y", "y")})},
        rows={**_N_ROWS, "Y": {"y": {"id": "y", "child": None}}},
        cases={
            "{ n { id child { name more } } }": {"n": {"id": "x", "child": {"name": "nested", "more": 50}}},
            "{ n { child { name } ... on X { child { more } } } }": {"n": {"child": {"name": "nested", "more": None}}},
        },
    ),
    build_shape(
        "union-member-hidden-from-clients",
        subgraphs={
            "one": "type Query { actions: [Action] @shareable } type Common @shareable { label: String } "
            "type OnlyA @inaccessible { a: Int } union Action = Common | OnlyA",
            "two": f"type Query {{ actions: [Action] @shareable }} {_SECOND}",
        },
        fixtures=_answering([_COMMON], [_COMMON, _B]),
        rows={},
        cases={"{ actions { ... on Common { label } ... on OnlyB { b } } }": {"actions": [{"label": "c"}]}},
    ),
    build_shape(
        "unions-of-three",
        subgraphs={
            **_both("[Action]"),
            "three": "type Query { more: [Action] } type Common @shareable { label: String } "
            "type OnlyC { c: Int } union Action = Common | OnlyC",
        },
        fixtures={
            **_answering([_A, _COMMON], [_B, _COMMON]),
            "three": Fixture(query={"more": [{"__typename": "OnlyC", "c": 3}, _COMMON]}),
        },
        rows={},
        cases={
            f"{{ actions {{ {_ASK} ... on OnlyC {{ c }} }} more {{ {_ASK} ... on OnlyC {{ c }} }} }}": {
                "actions": [_LOST, {"__typename": "Common", "label": "c"}],
                "more": [{"__typename": "OnlyC", "c": 3}, {"__typename": "Common", "label": "c"}],
            }
        },
    ),
    build_shape(
        "union-of-entities",
        subgraphs={
            "one": "type Query { found: [Found!]! @shareable } union Found = A | X "
            'type A @key(fields: "id") { id: ID! a: Int } type X @key(fields: "id") { id: ID! x: Int }',
            "two": "type Query { found: [Found!]! @shareable } union Found = A | Y "
            'type A @key(fields: "id") { id: ID! b: Int } type Y @key(fields: "id") { id: ID! y: Int }',
            "three": 'type X @key(fields: "id") { id: ID! k: Int }',
        },
        fixtures={
            "one": Fixture(query={"found": refs("A", "a") + refs("X", "x")}),
            "two": Fixture(query={"found": refs("A", "a") + refs("Y", "y")}),
        },
        rows=_N_ROWS,
        cases={
            "{ found { ... on A { a b } ... on X { k x } } }": {"found": [{"a": 10, "b": 20}, {"k": None, "x": None}]},
            "{ found { ... on Y { y } __typename } }": {"found": [{"__typename": "A"}, {"__typename": "X"}]},
        },
        failing={"{ found { ... on X { id } ... on A { id } } }": None},
    ),
)
