"""Interfaces that other subgraphs know as an `@interfaceObject`, which does not distinguish implementations."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Ref, refs
from tests.support.execution_suites.shapes.shape import build_shape

_ROWS = {
    "A": {
        "1": {"id": "1", "code": "c1", "t": "ta", "r": 10, "q": 11, "s": 12, "w": 13, "a": 14, "next": Ref("B", "2")}
    },
    "B": {"2": {"id": "2", "code": "c2", "t": "tb", "r": 20, "q": 21, "s": 22, "w": 23, "b": 24, "next": None}},
}
_BOTH = refs("A", "1") + refs("B", "2")
_LIES = {"I": "Nothing", "J": "Nothing"}
_OWNER = (
    'type Query { all: [I] } interface I @key(fields: "id") { id: ID! t: String } '
    'type A implements I @key(fields: "id") { id: ID! t: String a: Int } '
    'type B implements I @key(fields: "id") { id: ID! t: String b: Int }'
)
_FROM_OWNER = Fixture(query={"all": _BOTH})
_STAND_IN = Fixture(query={"top": _BOTH}, says=_LIES)
_TOP = 'type Query {{ top: [I] }} type I @key(fields: "id") @interfaceObject {{ id: ID! {} }}'

INTERFACE_OBJECTS = (
    build_shape(
        "interface-object",
        subgraphs={"one": _OWNER, "two": _TOP.format("r: Int")},
        fixtures={"one": _FROM_OWNER, "two": _STAND_IN},
        rows=_ROWS,
        cases={
            "{ all { r } }": {"all": [{"r": 10}, {"r": 20}]},
            "{ all { ... on A { r a } } }": {"all": [{"r": 10, "a": 14}, {}]},
            "{ top { r } }": {"top": [{"r": 10}, {"r": 20}]},
            "{ top { __typename r t } }": {
                "top": [{"__typename": "A", "r": 10, "t": "ta"}, {"__typename": "B", "r": 20, "t": "tb"}]
            },
            "{ top { ... on A { r a } ... on B { b } } }": {"top": [{"r": 10, "a": 14}, {"b": 24}]},
            "{ top { ... on I { r } ... on B { x: r t } } }": {"top": [{"r": 10}, {"r": 20, "x": 20, "t": "tb"}]},
        },
    ),
    build_shape(
        "interface-object-that-requires",
        subgraphs={"one": _OWNER, "two": _TOP.format('t: String @external q: Int @requires(fields: "t")')},
        fixtures={"one": _FROM_OWNER, "two": _STAND_IN},
        rows=_ROWS,
        cases={
            "{ all { q } }": {"all": [{"q": 11}, {"q": 21}]},
            "{ top { q } }": {"top": [{"q": 11}, {"q": 21}]},
            "{ top { t ... on B { q } } }": {"top": [{"t": "ta"}, {"t": "tb", "q": 21}]},
        },
    ),
    build_shape(
        "implementation-that-requires-of-an-interface-object",
        subgraphs={
            "one": 'type Query { all: [I] one: A } interface I @key(fields: "id") { id: ID! r: Int } '
            'type A implements I @key(fields: "id") { id: ID! r: Int @external s: Int @requires(fields: "r") } '
            'type B implements I @key(fields: "id") { id: ID! r: Int @external s: Int @requires(fields: "r") }',
            "two": _TOP.format("r: Int"),
        },
        fixtures={"one": Fixture(query={"all": _BOTH, "one": Ref("A", "1")}), "two": _STAND_IN},
        rows=_ROWS,
        cases={
            "{ one { s } }": {"one": {"s": 12}},
            "{ one { r s } }": {"one": {"r": 10, "s": 12}},
            "{ all { r ... on A { s } } }": {"all": [{"r": 10, "s": 12}, {"r": 20}]},
            "{ top { ... on B { s } r } }": {"top": [{"r": 10}, {"s": 22, "r": 20}]},
        },
    ),
    build_shape(
        "implementation-elsewhere-that-requires-of-an-interface-object",
        subgraphs={
            "one": _OWNER,
            "two": _TOP.format("r: Int"),
            "three": 'type A @key(fields: "id") { id: ID! r: Int @external s: Int @requires(fields: "r") }',
        },
        fixtures={"one": _FROM_OWNER, "two": _STAND_IN},
        rows=_ROWS,
        cases={
            "{ all { ... on A { s } } }": {"all": [{"s": 12}, {}]},
            "{ top { ... on A { s } ... on B { r } } }": {"top": [{"s": 12}, {"r": 20}]},
        },
    ),
    build_shape(
        "interface-objects-of-two-interfaces",
        subgraphs={
            "one": 'type Query { all: [I] js: [J] a: A } interface I @key(fields: "id") { id: ID! } '
            'interface J @key(fields: "id") { id: ID! } type A implements I & J @key(fields: "id") { id: ID! a: Int } '
            'type B implements I @key(fields: "id") { id: ID! b: Int }',
            "two": _TOP.format("r: Int"),
            "three": 'type Query { jtop: J } type J @key(fields: "id") @interfaceObject { id: ID! w: Int }',
        },
        fixtures={
            "one": Fixture(query={"all": _BOTH, "js": refs("A", "1"), "a": Ref("A", "1")}),
            "two": _STAND_IN,
            "three": Fixture(query={"jtop": Ref("A", "1")}, says=_LIES),
        },
        rows=_ROWS,
        cases={
            "{ a { r w a } }": {"a": {"r": 10, "w": 13, "a": 14}},
            "{ all { r ... on A { w } } }": {"all": [{"r": 10, "w": 13}, {"r": 20}]},
            "{ jtop { w ... on I { r } } }": {"jtop": {"w": 13, "r": 10}},
            "{ js { ... on A { r } w } }": {"js": [{"r": 10, "w": 13}]},
            "{ top { r ... on J { w } } }": {"top": [{"r": 10, "w": 13}, {"r": 20}]},
        },
    ),
    build_shape(
        "interface-objects-of-one-interface",
        subgraphs={
            "one": _OWNER,
            "two": _TOP.format("r: Int w: Int @shareable"),
            "three": 'type I @key(fields: "id") @interfaceObject { id: ID! q: Int w: Int @shareable }',
        },
        fixtures={"one": _FROM_OWNER, "two": _STAND_IN, "three": Fixture(says=_LIES)},
        rows=_ROWS,
        cases={
            "{ top { r q w } }": {"top": [{"r": 10, "q": 11, "w": 13}, {"r": 20, "q": 21, "w": 23}]},
            "{ all { q w } }": {"all": [{"q": 11, "w": 13}, {"q": 21, "w": 23}]},
            "{ top { q ... on A { w a } } }": {"top": [{"q": 11, "w": 13, "a": 14}, {"q": 21}]},
        },
    ),
    build_shape(
        "interface-object-with-an-external-key",
        subgraphs={
            "one": 'type Query { all: [I] } interface I @key(fields: "id") @key(fields: "code") { id: ID! code: ID! } '
            'type A implements I @key(fields: "id") @key(fields: "code") { id: ID! code: ID! a: Int } '
            'type B implements I @key(fields: "id") @key(fields: "code") { id: ID! code: ID! b: Int }',
            "two": 'type Query { top: [I] } type I @key(fields: "id") @key(fields: "code") @interfaceObject '
            "{ id: ID! @external code: ID! r: Int }",
        },
        fixtures={"one": _FROM_OWNER, "two": _STAND_IN},
        rows=_ROWS,
        cases={
            "{ top { id r } }": {"top": [{"id": "1", "r": 10}, {"id": "2", "r": 20}]},
            "{ top { r ... on A { id a } } }": {"top": [{"r": 10, "id": "1", "a": 14}, {"r": 20}]},
            "{ all { id r } }": {"all": [{"id": "1", "r": 10}, {"id": "2", "r": 20}]},
        },
    ),
    build_shape(
        "interface-object-that-leads-on",
        subgraphs={"one": _OWNER, "two": _TOP.format("r: Int next: I")},
        fixtures={"one": _FROM_OWNER, "two": _STAND_IN},
        rows=_ROWS,
        cases={
            "{ top { r next { r t next { r } } } }": {
                "top": [{"r": 10, "next": {"r": 20, "t": "tb", "next": None}}, {"r": 20, "next": None}]
            },
            "{ all { ... on A { next { __typename ... on B { b r } } } } }": {
                "all": [{"next": {"__typename": "B", "b": 24, "r": 20}}, {}]
            },
        },
    ),
    build_shape(
        "interface-object-beside-an-interface-that-knows-less",
        subgraphs={
            "one": 'type Query { n: [I] @shareable } type I @key(fields: "id") @interfaceObject { id: ID! r: Int }',
            "two": "type Query { n: [I] @shareable } interface I { id: ID! } "
            'type A implements I @key(fields: "id") { id: ID! a: Int }',
            "three": 'interface I @key(fields: "id") { id: ID! } type A implements I @key(fields: "id") { id: ID! } '
            'type B implements I @key(fields: "id") { id: ID! b: Int }',
        },
        fixtures={
            "one": Fixture(query={"n": _BOTH}, says=_LIES),
            "two": Fixture(query={"n": refs("A", "1")}),
        },
        rows=_ROWS,
        cases={
            "{ n { r } }": {"n": [{"r": 10}, {"r": 20}]},
            "{ n { __typename r } }": {"n": [{"__typename": "A", "r": 10}, {"__typename": "B", "r": 20}]},
            "{ n { r ... on B { b } } }": {"n": [{"r": 10}, {"r": 20, "b": None}]},
        },
    ),
    build_shape(
        "interface-object-by-a-nested-key",
        subgraphs={
            "one": 'type Query { all: [I] } interface I @key(fields: "next { id }") { next: N t: String } '
            'type A implements I @key(fields: "next { id }") { next: N t: String a: Int } '
            "type N { id: ID! @shareable }",
            "two": 'type Query { top: [I] } type I @key(fields: "next { id }") @interfaceObject '
            "{ next: N r: Int } type N { id: ID! @shareable }",
        },
        fixtures={
            "one": Fixture(query={"all": refs("A", "3")}),
            "two": Fixture(query={"top": refs("A", "3")}, says=_LIES),
        },
        rows={"A": {"3": {"t": "ta", "r": 10, "a": 14, "next": {"id": "n"}}}},
        cases={
            "{ top { r t ... on A { a } } }": {"top": [{"r": 10, "t": "ta", "a": 14}]},
            "{ all { r next { id } } }": {"all": [{"r": 10, "next": {"id": "n"}}]},
        },
    ),
    build_shape(
        "interface-object-through-a-union",
        subgraphs={
            "one": f"{_OWNER} extend type Query {{ found: [F] }} union F = A | C type C {{ c: Int }}",
            "two": _TOP.format("r: Int"),
        },
        fixtures={
            "one": Fixture(query={"all": _BOTH, "found": [Ref("A", "1"), {"__typename": "C", "c": 5}]}),
            "two": _STAND_IN,
        },
        rows=_ROWS,
        cases={
            "{ found { ... on A { r a } ... on C { c } } }": {"found": [{"r": 10, "a": 14}, {"c": 5}]},
            "{ found { ... on I { r t } } }": {"found": [{"r": 10, "t": "ta"}, {}]},
        },
    ),
    build_shape(
        "interface-object-of-an-interface-with-a-parent",
        subgraphs={
            "one": "type Query { all: [I] ps: [P] } interface P { id: ID! } "
            'interface I implements P @key(fields: "id") { id: ID! t: String } '
            'type A implements I & P @key(fields: "id") { id: ID! t: String a: Int } '
            'type B implements I & P @key(fields: "id") { id: ID! t: String b: Int }',
            "two": _TOP.format("r: Int"),
        },
        fixtures={"one": Fixture(query={"all": _BOTH, "ps": _BOTH}), "two": _STAND_IN},
        rows=_ROWS,
        cases={
            "{ ps { id ... on I { r } } }": {"ps": [{"id": "1", "r": 10}, {"id": "2", "r": 20}]},
            "{ top { ... on P { id ... on A { a r } } } }": {"top": [{"id": "1", "a": 14, "r": 10}, {"id": "2"}]},
        },
    ),
)
