import pytest

from entrepot.router.execution.object_aliasing import choose_aliasing
from entrepot.router.plan import EntityFetch, Fetch, Path, PathStep


def path(text: str) -> Path:
    """`a.b[Book]` as steps; a type in brackets narrows its step."""
    steps = (step.rstrip("]").partition("[") for step in text.split("."))
    return tuple(PathStep(key, types=frozenset({kind}) if kind else None) for key, _, kind in steps)


def fetch(*paths: str) -> Fetch:
    calls = (EntityFetch("e", "r", tuple(map(path, paths)), ()),) if paths else ()
    return Fetch(1, "s", "query", "", None, entities=calls)


@pytest.mark.parametrize(
    ("call", "others", "expected"),
    [
        (["a"], [], "all"),
        (["a", "b"], [], "all"),
        (["a", "b"], [["a"]], "all"),
        (["a"], [["a.x"]], "all"),
        (["a", "b"], [["a.x"]], "path"),
        (["a", "b"], [["c.x"]], "all"),
        (["a.b", "c"], [["a"]], "all"),
        (["m.a"], [["m[Book].a.x"]], "object"),
        (["m[Book].a"], [["m[Book].a.x"]], "all"),
        (["m[Book].a", "m[Film].a"], [["m[Book].a.x"]], "object"),
        (["a", "b"], [[], []], "path"),
        (["a"], [[], []], "all"),
    ],
)
def test_results_are_shared_as_far_as_nothing_is_written_apart(
    call: list[str], others: list[list[str]], expected: str
) -> None:
    first = fetch(*call)
    fetches = (first, *(fetch(*paths) for paths in others))
    assert choose_aliasing(first.entities[0], fetches) == expected
