"""The result depends on the subgraphs, not on their order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.router.composition import SubgraphSchema, compose
from tests.support.composition import link

_FIELDS = ("name: String", "name: String!", "age: Int @shareable", "age: Int! @shareable", "level: Level", "kind: Kind")
_KEYS = ('@key(fields: "id")', '@key(fields: "id", resolvable: false)', "@shareable", "")
_PARTS = (
    "enum Level { LOW HIGH }",
    "enum Level { HIGH TOP }",
    'type Query { users(level: Level = HIGH): [User] @shareable @tag(name: "x") }',
    '"""other words""" type Query { users(level: Level): [User!] @shareable }',
    "union Kind = User",
)


@st.composite
def subgraph_sdl(draw: st.DrawFn) -> str:
    fields = draw(st.lists(st.sampled_from(_FIELDS), min_size=0, max_size=3, unique_by=lambda text: text[:4]))
    parts = draw(st.lists(st.sampled_from(_PARTS), max_size=3, unique_by=lambda text: text.partition("{")[0][-12:]))
    body = " ".join(["id: ID!", *fields])
    return f"{link()}type User {draw(st.sampled_from(_KEYS))} {{ {body} }} {' '.join(parts)}"


@settings(max_examples=60, deadline=None)
@given(st.lists(subgraph_sdl(), min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_any_order_gives_the_same_result(sdl: list[str], random: object) -> None:
    subgraphs = [SubgraphSchema(f"s{number}", "", text) for number, text in enumerate(sdl)]
    expected = compose(subgraphs)
    shuffled = list(subgraphs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert compose(shuffled) == expected
    assert compose(subgraphs[::-1]) == expected
    assert (expected.supergraph_sdl is None) == bool(expected.errors)
