"""Keys that are `@external` in a subgraph that resolves the entity: it must not be asked for them."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Ref, refs
from tests.support.execution_suites.shapes.shape import build_shape

_THING = {"id": "1", "code": "c1", "region": "r1", "x": 10, "z": 30}
_ONE = {"Thing": {"1": _THING}}
_ROOT = {"one": Fixture(query={"thing": Ref("Thing", "1")})}
_OTHER = 'type Thing @key(fields: "id") @key(fields: "code") { id: ID! code: ID! z: Int }'
_BY_CODE = {
    "{ thing { id } }": {"thing": {"id": "1"}},
    "{ thing { id x } }": {"thing": {"id": "1", "x": 10}},
    "{ thing { x z } }": {"thing": {"x": 10, "z": 30}},
    "{ thing { code x } }": {"thing": {"code": "c1", "x": 10}},
}
_WHOLE = {"{ thing { id x z } }": {"thing": {"id": "1", "x": 10, "z": 30}}}

_NODES = refs("A", "1") + refs("B", "2")
_MIRROR_ROWS = {"A": {"1": {"id": "1", "a": 1, "y": 3}}, "B": {"2": {"id": "2", "x": 2, "b": 4}}}
_MIRRORED = {
    "one": 'interface N { id: ID! } type A implements N @key(fields: "id") { id: ID! a: Int } '
    'type B implements N @key(fields: "id") { id: ID! @external x: Int }',
    "two": 'interface N { id: ID! } type A implements N @key(fields: "id") { id: ID! @external y: Int } '
    'type B implements N @key(fields: "id") { id: ID! b: Int }',
}


EXTERNAL_KEYS = (
    build_shape(
        "external-key-mirrored",
        subgraphs={name: f"type Query {{ n: [N] @shareable }} {sdl}" for name, sdl in _MIRRORED.items()},
        fixtures={name: Fixture(query={"n": _NODES}) for name in _MIRRORED},
        rows=_MIRROR_ROWS,
        cases={
            "{ n { id } }": {"n": [{"id": "1"}, {"id": "2"}]},
            "{ n { __typename id } }": {"n": [{"__typename": "A", "id": "1"}, {"__typename": "B", "id": "2"}]},
            "{ n { ... on A { id } } }": {"n": [{"id": "1"}, {}]},
            "{ n { ... on B { id } } }": {"n": [{}, {"id": "2"}]},
            "{ n { id ... on A { a y } ... on B { x b } } }": {
                "n": [{"id": "1", "a": 1, "y": 3}, {"id": "2", "x": 2, "b": 4}]
            },
            "{ n { ... on B { x } key: id } }": {"n": [{"key": "1"}, {"x": 2, "key": "2"}]},
        },
    ),
    build_shape(
        "external-key-mirrored-below",
        subgraphs={
            name: f'type Query {{ {name}: H }} type H @key(fields: "k") {{ k: ID! n: N @shareable }} {sdl}'
            for name, sdl in _MIRRORED.items()
        },
        fixtures={name: Fixture(query={name: Ref("H", "h")}) for name in _MIRRORED},
        rows={**_MIRROR_ROWS, "H": {"h": {"k": "h", "n": Ref("B", "2")}}},
        cases={
            "{ one { n { id } } }": {"one": {"n": {"id": "2"}}},
            "{ two { n { id } } }": {"two": {"n": {"id": "2"}}},
            "{ one { n { ... on B { x b } } } }": {"one": {"n": {"x": 2, "b": 4}}},
            "{ two { n { id ... on A { a } ... on B { x } } } }": {"two": {"n": {"id": "2", "x": 2}}},
        },
    ),
    build_shape(
        "external-key-provided",
        subgraphs={
            "one": 'type Query { thing: Thing @provides(fields: "id") } '
            'type Thing @key(fields: "id") { id: ID! @external x: Int }',
            "two": 'type Thing @key(fields: "id") { id: ID! z: Int }',
        },
        fixtures=_ROOT,
        rows=_ONE,
        cases={**_WHOLE, "{ thing { id } }": {"thing": {"id": "1"}}, "{ thing { z } }": {"thing": {"z": 30}}},
    ),
    build_shape(
        "external-key-beside-another",
        subgraphs={
            "one": 'type Query { thing: Thing } type Thing @key(fields: "id") @key(fields: "code") '
            "{ id: ID! @external code: ID! x: Int }",
            "two": _OTHER,
        },
        fixtures=_ROOT,
        rows=_ONE,
        cases={**_BY_CODE, **_WHOLE},
    ),
    build_shape(
        "external-half-of-a-key",
        subgraphs={
            "one": 'type Query { thing: Thing } type Thing @key(fields: "id region") @key(fields: "code") '
            "{ id: ID! region: ID! @external code: ID! x: Int }",
            "two": 'type Thing @key(fields: "id region") @key(fields: "code") { id: ID! region: ID! code: ID! z: Int }',
        },
        fixtures=_ROOT,
        rows=_ONE,
        cases={**_WHOLE, "{ thing { region id } }": {"thing": {"region": "r1", "id": "1"}}},
    ),
    build_shape(
        "external-key-below",
        subgraphs={
            "one": 'type Query { thing: Thing } type Thing @key(fields: "owner { id }") @key(fields: "code") '
            "{ owner: Owner @shareable code: ID! x: Int } type Owner { id: ID! @external name: String @shareable }",
            "two": 'type Thing @key(fields: "owner { id }") @key(fields: "code") '
            "{ owner: Owner @shareable code: ID! z: Int } type Owner { id: ID! name: String @shareable }",
        },
        fixtures=_ROOT,
        rows={"Thing": {"1": {**_THING, "owner": Ref("Owner", "o")}}, "Owner": {"o": {"id": "o", "name": "Ann"}}},
        cases={
            "{ thing { owner { id } } }": {"thing": {"owner": {"id": "o"}}},
            "{ thing { owner { name id } x z } }": {"thing": {"owner": {"name": "Ann", "id": "o"}, "x": 10, "z": 30}},
            "{ thing { owner { name } x } }": {"thing": {"owner": {"name": "Ann"}, "x": 10}},
        },
    ),
    build_shape(
        "external-key-of-federation-1",
        subgraphs={
            "one": 'type Query { thing: Thing } extend type Thing @key(fields: "id") { id: ID! @external x: Int }',
            "two": 'type Thing @key(fields: "id") { id: ID! z: Int }',
        },
        federation_1=frozenset({"one", "two"}),
        fixtures=_ROOT,
        rows=_ONE,
        cases=_WHOLE,
    ),
    build_shape(
        "external-key-of-an-extension",
        subgraphs={
            "one": 'type Query { thing: Thing } extend type Thing @key(fields: "id") { id: ID! @external x: Int }',
            "two": 'type Thing @key(fields: "id") { id: ID! z: Int }',
            "three": 'type Query { same: Thing } type Thing @key(fields: "id") @extends { id: ID! @external y: Int }',
        },
        fixtures={**_ROOT, "three": Fixture(query={"same": Ref("Thing", "1")})},
        rows={"Thing": {"1": {**_THING, "y": 20}}},
        cases={**_WHOLE, "{ same { id x y z } }": {"same": {"id": "1", "x": 10, "y": 20, "z": 30}}},
    ),
    build_shape(
        "external-keys-of-type-and-extension",
        subgraphs={
            "one": 'type Query { thing: Thing } type Thing @key(fields: "code") { code: ID! @external x: Int } '
            'extend type Thing @key(fields: "id") { id: ID! @external }',
            "two": _OTHER,
        },
        fixtures=_ROOT,
        rows=_ONE,
        cases={
            "{ thing { code } }": {"thing": {"code": "c1"}},
            "{ thing { id code x z } }": {"thing": {"id": "1", "code": "c1", "x": 10, "z": 30}},
        },
    ),
    build_shape(
        "external-key-behind-an-entity",
        subgraphs={
            "zero": 'type Query { first: Thing } type Thing @key(fields: "id") { id: ID! }',
            "one": 'type Thing @key(fields: "id") { id: ID! @external x: Int next: Thing @shareable }',
            "two": 'type Thing @key(fields: "id") { id: ID! z: Int next: Thing @shareable }',
        },
        fixtures={"zero": Fixture(query={"first": Ref("Thing", "1")})},
        rows={
            "Thing": {
                "1": {**_THING, "next": Ref("Thing", "2")},
                "2": {"id": "2", "x": 11, "z": 31, "next": None},
            }
        },
        cases={
            "{ first { x next { id } } }": {"first": {"x": 10, "next": {"id": "2"}}},
            "{ first { next { x } } }": {"first": {"next": {"x": 11}}},
            "{ first { next { x z next { id } } } }": {"first": {"next": {"x": 11, "z": 31, "next": None}}},
        },
    ),
    build_shape(
        "overridden-key",
        subgraphs={
            "one": 'type Query { thing: Thing } type Thing @key(fields: "id") @key(fields: "code") '
            "{ id: ID! code: ID! x: Int }",
            "two": 'type Thing @key(fields: "id") @key(fields: "code") '
            '{ id: ID! @override(from: "one") code: ID! z: Int }',
        },
        fixtures=_ROOT,
        rows=_ONE,
        cases={**_BY_CODE, **_WHOLE},
    ),
    build_shape(
        "external-key-that-is-required",
        subgraphs={
            "one": 'type Query { thing: Thing } type Thing @key(fields: "id") @key(fields: "code") '
            '{ id: ID! code: ID! @external x: Int @requires(fields: "code") }',
            "two": _OTHER,
        },
        fixtures=_ROOT,
        rows=_ONE,
        cases={**_WHOLE, "{ thing { code x } }": {"thing": {"code": "c1", "x": 10}}},
    ),
    build_shape(
        "external-keys-of-a-union",
        subgraphs={
            "one": "type Query { found: [Found] } union Found = A | B "
            'type A @key(fields: "id") @key(fields: "code") { id: ID! @external code: ID! } '
            'type B @key(fields: "id") { id: ID! x: Int }',
            "two": 'type A @key(fields: "id") @key(fields: "code") { id: ID! code: ID! a: Int } '
            'type B @key(fields: "id") { id: ID! b: Int }',
        },
        fixtures={"one": Fixture(query={"found": _NODES})},
        rows={"A": {"1": {"id": "1", "code": "c", "a": 1}}, "B": {"2": {"id": "2", "x": 2, "b": 4}}},
        cases={
            "{ found { ... on A { id } ... on B { id } } }": {"found": [{"id": "1"}, {"id": "2"}]},
            "{ found { ... on A { id a } ... on B { x b } } }": {"found": [{"id": "1", "a": 1}, {"x": 2, "b": 4}]},
        },
    ),
)
