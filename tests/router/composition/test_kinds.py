"""Kinds of composition that ours once judged otherwise than the reference composer, several cases of each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from entrepot.router.composition import CompositionResult, SubgraphSchema, compose
from tests.support.composition_mutations.reference import ReferenceComposer, start_reference
from tests.support.node import need_client

_DIRECTIVES = re.compile(
    r"@(?:key|external|requires|provides|shareable|interfaceObject|tag|inaccessible|context|fromContext|authenticated"
    r"|requiresScopes|listSize)\b"
)
_FEDERATION_1 = "# federation 1\n"


@dataclass(frozen=True)
class Kind:
    """Subgraphs and the codes that they are refused with; `reference` where the other composer says otherwise."""

    name: str
    subgraphs: tuple[str, ...]
    codes: frozenset[str] = frozenset()
    reference: str = ""

    def read(self) -> list[SubgraphSchema]:
        return [
            SubgraphSchema(f"s{number}", f"http://s{number}.invalid", _link(sdl))
            for number, sdl in enumerate(self.subgraphs, 1)
        ]


def _link(sdl: str) -> str:
    if sdl.startswith(("extend schema", _FEDERATION_1)):
        return sdl
    used = ", ".join(f'"{name}"' for name in dict.fromkeys(_DIRECTIVES.findall(sdl)))
    return f'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [{used}])\n{sdl}'


def _kind(name: str, *subgraphs: str, code: str = "", reference: str = "") -> Kind:
    return Kind(name, subgraphs, frozenset(code.split()), reference)


_I = 'interface I @key(fields: "id") { id: ID! i1: Int }'
_T = 'type T implements I @key(fields: "id") { id: ID! i1: Int @external s: Int @requires(fields: "i1") }'
_STAND_IN = 'type I @key(fields: "id") @interfaceObject { id: ID! i1: Int }'
_A = 'type A implements I @key(fields: "id") { id: ID! i1: Int }'
_MUTATION = "type Query {{ d{}: Int }} type Mutation {{ f: F @shareable }} {}"
_COMPOSED = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@composeDirective"]) '
    '@link(url: "https://custom.test/x/v1.0", import: ["@{0}"]) @composeDirective(name: "@{0}") '
    "directive @{0} on FIELD_DEFINITION type Query {{ a: Int @{0} }}"
)
_CONTEXT = (
    'type Query {{ foo: Foo! }} type Foo @key(fields: "id") @context(name: "c") {} {{ id: ID! u: U! prop: String! }} '
    'type U @key(fields: "id") {{ id: ID! field(a: String @fromContext(field: "$c {{ prop }}")): Int! {} }}'
)
_NESTED = 'type Query { a: A } extend type A @key(fields: "b { id }") @key(fields: "k") { k: ID! @external b: B } '
_SHARED_UNION = "type Query {{ d{}: Int u: U @shareable }} union U = {} {}"
_OWN_COST = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@shareable"]) '
    '@link(url: "https://specs.apollo.dev/cost/v0.1", import: ["@listSize"]) '
)
_BREAKS = "the reference composer ends with an error of its own"
_ROOTS = 'type Query { t: T } interface I @key(fields: "id") { id: ID! } '

KINDS = (
    _kind("1 required of an interface object", f"type Query {{ t: T }} {_I} {_T}", _STAND_IN),
    _kind("1 not of the interface here", _ROOTS + _T, _STAND_IN),
    _kind("1 narrower here", f"type Query {{ t: T }} {_I} {_T.replace('Int @ext', 'Int! @ext')}", _STAND_IN),
    _kind("1 in a third subgraph", _ROOTS + 'type T implements I @key(fields: "id") { id: ID! }', _STAND_IN,
          'type T @key(fields: "id") { id: ID! i1: Int @external s: Int @requires(fields: "i1") }'),
    _kind("1 with arguments", f"type Query {{ t: T }} {_I} {_T}".replace("i1: Int", "i1(a: Int): Int"),
          _STAND_IN.replace("i1", "i1(a: Int)"), reference="INVALID_GRAPHQL"),
    _kind("1 of another type", _ROOTS + _T, _STAND_IN.replace("i1: Int", "i1: String"),
          code="EXTERNAL_TYPE_MISMATCH", reference="INVALID_GRAPHQL"),
    _kind("1 external there, too", f"type Query {{ t: T }} {_I} {_T}",
          'type I @key(fields: "id") @interfaceObject { id: ID! i1: Int @external x: Int @requires(fields: "i1") }',
          code="EXTERNAL_MISSING_ON_BASE"),
    _kind("1 resolved beside it", f"type Query {{ t: T }} {_I} {_T} {_A}", _STAND_IN, code="INVALID_FIELD_SHARING"),
    _kind("2 interface that is not entered", f"type Query {{ i: I }} {_I} {_A}",
          'type Query { o: Int } interface I @key(fields: "id", resolvable: false) { id: ID! }'),
    _kind("2 one implementation of two", f"type Query {{ i: I }} {_I} {_A} {_A.replace('type A', 'type B')}",
          'type Query { o: I } interface I @key(fields: "id", resolvable: false) { id: ID! } '
          'type A implements I @key(fields: "id") { id: ID! }'),
    _kind("2 interface that is entered", f"type Query {{ i: I }} {_I} {_A}",
          'type Query { o: Int } interface I @key(fields: "id") { id: ID! }',
          code="INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE"),
    _kind("3 a mutation's parts", _MUTATION.format(1, "type F { x: Int }"), _MUTATION.format(2, "type F { y: Int }"),
          code="SATISFIABILITY_ERROR"),
    _kind("3 deeper", _MUTATION.format(1, "type F @shareable { g: G } type G { x: Int }"),
          _MUTATION.format(2, "type F @shareable { g: G } type G { y: Int }"), code="SATISFIABILITY_ERROR"),
    _kind("3 whole in one", _MUTATION.format(1, "type F @shareable { x: Int y: Int }"),
          _MUTATION.format(2, "type F @shareable { x: Int }")),
    _kind("3 joined by a key", _MUTATION.format(1, 'type F @key(fields: "id") { id: ID! x: Int }'),
          _MUTATION.format(2, 'type F @key(fields: "id") { id: ID! y: Int }')),
    _kind("3 a query's parts", "type Query { f: F @shareable } type F { x: Int }",
          "type Query { f: F @shareable } type F { y: Int }"),
    _kind("4 inaccessible", _COMPOSED.format("inaccessible"), "type Query { b: Int c: Int @inaccessible }",
          code="DIRECTIVE_COMPOSITION_ERROR"),
    _kind("4 tag", _COMPOSED.format("tag"), 'type Query { b: Int @tag(name: "x") }',
          code="DIRECTIVE_COMPOSITION_ERROR"),
    _kind("4 authenticated", _COMPOSED.format("authenticated"), "type Query { b: Int @authenticated }",
          code="INVALID_LINK_DIRECTIVE_USAGE"),
    _kind("4 prefixed", _COMPOSED.format("inaccessible"), "type Query { b: Int c: Int @federation__inaccessible }",
          code="DIRECTIVE_COMPOSITION_ERROR", reference="composes"),
    _kind("4 nobody else's", _COMPOSED.format("inaccessible"), "type Query { b: Int }"),
    _kind("5 on the type", _CONTEXT.format("@authenticated", ""), code="MISSING_TRANSITIVE_AUTH_REQUIREMENTS"),
    _kind("5 scopes", _CONTEXT.format('@requiresScopes(scopes: [["a"]])', '@requiresScopes(scopes: [["b"]])'),
          code="MISSING_TRANSITIVE_AUTH_REQUIREMENTS"),
    _kind("5 asked of the field", _CONTEXT.format("@authenticated", "@authenticated")),
    _kind("5 on the type elsewhere", _CONTEXT.format("", ""),
          'type Foo @key(fields: "id") @authenticated { id: ID! z: Int }',
          code="MISSING_TRANSITIVE_AUTH_REQUIREMENTS"),
    _kind("7 nested key of federation 1", f"{_FEDERATION_1}{_NESTED}type B {{ id: ID! @external }}",
          f'{_FEDERATION_1}type A @key(fields: "k") {{ k: ID! }} type B {{ x: Int }}', code="EXTERNAL_MISSING_ON_BASE"),
    _kind("7 nested key that is not resolved", f"{_FEDERATION_1}{_NESTED}type B {{ id: ID! @external }}",
          f'{_FEDERATION_1}type A @key(fields: "k") {{ k: ID! }} type B {{ id: ID! }}', code="SATISFIABILITY_ERROR"),
    _kind("7 nested key of an extension's own", f'{_FEDERATION_1}{_NESTED}extend type B @key(fields: "id") '
          "{ id: ID! @external }",
          f'{_FEDERATION_1}type A @key(fields: "k") {{ k: ID! }} type B @key(fields: "id") {{ id: ID! x: Int }}'),
    _kind("7 nested key of federation 2", f"{_NESTED}type B {{ id: ID! @external }}",
          'type A @key(fields: "k") { k: ID! } type B { id: ID! @shareable }'),
    _kind("8 argument that is dropped",
          'type Query { a(first: Int): [Int] @shareable @listSize(slicingArguments: ["first"]) }',
          "type Query { a: [Int] @shareable }", reference=_BREAKS),
    _kind("9 list size hides nothing", _OWN_COST + "type Query { a: Int @shareable @listSize(assumedSize: 3) }",
          "type Query { a: String @shareable }", code="FIELD_TYPE_MISMATCH"),
    _kind("9 list size by itself", _OWN_COST + "type Query { a: Int @listSize(assumedSize: 3) }",
          code="LIST_SIZE_APPLIED_TO_NON_LIST", reference=_BREAKS),
    _kind("9 what differs hides what is below",
          _SHARED_UNION.format(1, "A", "type A @shareable { v: V } type V { a: Int }"),
          _SHARED_UNION.format(2, "B", "type B { y: Int } type A @shareable { v: V } type V { b: Int }"),
          code="SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES"),
)  # fmt: skip


def _compose(kind: Kind) -> CompositionResult:
    return compose(kind.read())


@pytest.fixture(scope="module")
def reference() -> Iterator[ReferenceComposer]:
    with start_reference(need_client("composer")) as started:
        yield started


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_verdict(kind: Kind) -> None:
    result = _compose(kind)
    assert {error.code for error in result.errors} == kind.codes, result.errors
    assert (result.supergraph_sdl is not None) == (not kind.codes)


@pytest.mark.node
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_reference_says_so_too(reference: ReferenceComposer, kind: Kind) -> None:
    verdict = reference.compose(kind.read())
    said = _BREAKS if verdict.thrown else " ".join(sorted(verdict.error_codes)) or "composes"
    assert said == (kind.reference or " ".join(sorted(kind.codes)) or "composes"), verdict


@pytest.mark.parametrize(
    ("sizes", "merged"),
    [
        ('slicingArguments: ["first"]', None),
        ('slicingArguments: ["first", "n"]', 'slicingArguments: ["n"]'),
        ('slicingArguments: ["first"], assumedSize: 3', "assumedSize: 3"),
        ('slicingArguments: ["first"], requireOneSlicingArgument: false', None),
    ],
)
def test_list_sizes_name_arguments_that_are_left(sizes: str, merged: str | None) -> None:
    first = f"type Query {{ a(first: Int n: Int): [Int] @shareable @listSize({sizes}) }}"
    sdl = _compose(_kind("", first, "type Query { a(n: Int): [Int] @shareable }")).supergraph_sdl
    assert sdl is not None
    applied = re.findall(r"a\(n: Int\): \[Int\](?: @listSize\((.*)\))?", sdl)
    assert applied == [merged or ""]


def test_a_field_that_an_interface_object_adds_is_null_where_it_may_be() -> None:
    kind = next(kind for kind in KINDS if kind.name == "1 narrower here")
    sdl = _compose(kind).supergraph_sdl
    assert sdl is not None
    assert 'i1: Int @join__field(graph: S1, type: "Int!", external: true)' in sdl
