from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.router.execution.paths import PathTree, locate_objects
from entrepot.router.plan import Path, PathStep

steps = st.builds(PathStep, st.sampled_from(["a", "b"]), st.integers(0, 2), st.sampled_from([None, frozenset({"A"})]))
data = st.recursive(
    st.none() | st.integers() | st.text(max_size=1),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.fixed_dictionaries({}, optional={"a": inner, "b": inner, "__typename": st.sampled_from(["A", "B"])})
    ),
    max_leaves=12,
)
objects = st.fixed_dictionaries({"a": data, "b": data})


def read(root: Any, location: tuple[Any, ...]) -> Any:
    for step in location:
        root = root[step]
    return root


@given(objects, st.lists(steps, max_size=3).map(tuple))
def test_walks_and_locations_agree_on_any_data(root: dict[str, Any], path: Path) -> None:
    tree = PathTree()
    walked = tree.walk(tree.add(path), {0: [root]})
    located = list(locate_objects(root, path))
    assert [id(item) for item in walked] == [id(item) for _, item in located]
    assert all(read(root, location) is item for location, item in located)


def test_what_is_no_object_of_the_types_is_left_out() -> None:
    root = {"a": [{"__typename": "A", "n": 1}, {"__typename": "B"}, None, 3, [], {"n": 2}]}
    tree = PathTree()
    found = tree.walk(tree.add((PathStep("a", 1, frozenset({"A"})),)), {0: [root]})
    assert [item["n"] for item in found] == [1]


@pytest.mark.parametrize(
    ("written", "changed"),
    [
        ((PathStep("a"),), {"a.b", "a[A]", "a[A].b"}),
        ((PathStep("a", types=frozenset({"A"})),), {"a.b", "a[A]", "a[A].b"}),
        ((PathStep("a"), PathStep("b")), set()),
        ((PathStep("c"),), set()),
    ],
)
def test_a_write_makes_walked_again_what_it_may_have_changed(written: Path, changed: set[str]) -> None:
    narrowed = PathStep("a", types=frozenset({"A"}))
    tree = PathTree()
    names = {
        tree.add((PathStep("a"),)): "a",
        tree.add((PathStep("a"), PathStep("b"))): "a.b",
        tree.add((narrowed,)): "a[A]",
        tree.add((narrowed, PathStep("b"))): "a[A].b",
    }
    assert {names[node] for node in tree.list_changed(written)} == changed
