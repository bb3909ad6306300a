"""Every code of the catalogue has cases that raise it and nothing else, or a reason why no composition can.

A case is a file `catalogue/errors/<CODE>.graphql` or `catalogue/hints/<CODE>.graphql`, further ones of the same code
are called `<CODE>.<difference>.graphql`: comments that say what it shows, then the SDL of each subgraph under
`# --- <name>`. In the cases of errors `# here` ends exactly the lines that the error's locations name; those of hints
say the schema coordinate. All were given to the reference composer too; where its answer is another, `# Reference:`
says which and why.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

import entrepot.router.composition
from entrepot.router.composition import ERROR_CODES, HINT_CODES, CompositionResult, SubgraphSchema, compose

FOLDER = Path(__file__).with_name("catalogue")

UNREACHABLE = {
    "DOWNSTREAM_SERVICE_ERROR": "Fetching the SDL of running subgraphs raises it; the composer is given SDL.",
    "INVALID_FEDERATION_SUPERGRAPH": "Reading a supergraph that no composer made raises it; composing reads none.",
    "UNSUPPORTED_FEATURE": (
        "No rule for subgraphs uses it: each thing that federation does not support in them has a code of its own, "
        "such as PROVIDES_UNSUPPORTED_ON_INTERFACE."
    ),
    "INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_REPEATABLE": (
        "Definitions of type system directives are not merged: a composed directive is taken whole from the newest "
        "version that a subgraph links, and the others come from their specifications."
    ),
    "INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_LOCATIONS": (
        "As with INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_REPEATABLE, there are never two definitions to compare."
    ),
}

WITHOUT_PLACE = {
    "INVALID_SUBGRAPH_NAME": "The name is given beside the SDL.",
    "NO_QUERIES": "What is missing is nowhere.",
    "MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED": "The work is that of the whole graph.",
}


@dataclass(frozen=True)
class Case:
    """One file: subgraphs as (name, SDL) and what it says of them."""

    code: str
    comments: str
    subgraphs: tuple[tuple[str, str], ...]

    @property
    def marked(self) -> set[tuple[str, int]]:
        return {
            (name, number)
            for name, sdl in self.subgraphs
            for number, line in enumerate(sdl.splitlines(), start=1)
            if line.endswith("# here")
        }

    def value_of(self, heading: str) -> str | None:
        match = re.search(rf"^# {heading}: (.+)$", self.comments, re.MULTILINE)
        return match[1] if match else None

    def compose(self) -> CompositionResult:
        subgraphs = [SubgraphSchema(name, f"http://{name}", sdl) for name, sdl in self.subgraphs]
        limit = self.value_of("Step limit")
        return compose(subgraphs, step_limit=int(limit)) if limit else compose(subgraphs)


def read_case(path: Path) -> Case:
    comments, *sections = re.split(r"^# --- ", path.read_text(), flags=re.MULTILINE)
    subgraphs = (section.partition("\n") for section in sections)
    return Case(path.name.partition(".")[0], comments, tuple((name, sdl) for name, _, sdl in subgraphs))


ERROR_CASES = sorted((FOLDER / "errors").iterdir())
HINT_CASES = sorted((FOLDER / "hints").iterdir())


def covered(paths: list[Path]) -> set[str]:
    return {read_case(path).code for path in paths}


@pytest.mark.parametrize("path", ERROR_CASES, ids=lambda path: path.stem)
class TestError:
    def test_it_is_the_only_code(self, path: Path) -> None:
        case = read_case(path)
        result = case.compose()
        assert {error.code for error in result.errors} == {case.code}, "\n".join(map(str, result.errors))
        assert result.supergraph_sdl is None

    def test_its_places_are_the_marked_ones(self, path: Path) -> None:
        case = read_case(path)
        lines = {name: sdl.splitlines() for name, sdl in case.subgraphs}
        found = set()
        for error in case.compose().errors:
            assert bool(error.locations) is (case.code not in WITHOUT_PLACE)
            for place in error.locations:
                assert lines[place.subgraph][place.line - 1][place.column - 1 :].strip(), "there is nothing there"
                found.add((place.subgraph, place.line))
        assert found == case.marked

    def test_its_message_goes_on_to_say_what_to_do(self, path: Path) -> None:
        for error in read_case(path).compose().errors:
            what_is_wrong, _, what_to_do = error.message.partition("; ")
            assert len(what_is_wrong) > 10
            assert len(what_to_do) > 5
            assert error.message.endswith(".")


@pytest.mark.parametrize("path", HINT_CASES, ids=lambda path: path.stem)
def test_hint(path: Path) -> None:
    case = read_case(path)
    result = case.compose()
    assert result.errors == ()
    level = next(entry.level for entry in HINT_CODES if entry.code == case.code)
    assert {(hint.code, hint.level, hint.coordinate) for hint in result.hints} == {
        (case.code, level, case.value_of("Coordinate"))
    }


def test_every_code_has_a_case_or_a_reason() -> None:
    errors, hints = {entry.code for entry in ERROR_CODES}, {entry.code for entry in HINT_CODES}
    assert covered(ERROR_CASES) == errors - UNREACHABLE.keys()
    assert covered(HINT_CASES) == hints - UNREACHABLE.keys()
    assert UNREACHABLE.keys() <= errors | hints


def test_what_cannot_be_reached_is_raised_nowhere() -> None:
    sources = Path(entrepot.router.composition.__file__).parent.rglob("*.py")
    raised = "".join(path.read_text() for path in sources if path.name not in ("errors.py", "hints.py"))
    assert [code for code in UNREACHABLE if f'"{code}"' in raised] == []


@pytest.mark.skipif(
    "CONFORMANCE_DIR" not in os.environ, reason="set CONFORMANCE_DIR to the folder of the conformance data"
)
def test_no_published_code_is_forgotten() -> None:
    published = json.loads((Path(os.environ["CONFORMANCE_DIR"]) / "composition" / "codes.json").read_text())
    assert {entry["code"] for entry in published["errors"]} <= covered(ERROR_CASES) | UNREACHABLE.keys()
    assert {entry["code"] for entry in published["hints"]} <= covered(HINT_CASES) | UNREACHABLE.keys()
    levels = {entry.code: entry.level for entry in HINT_CODES}
    assert {entry["code"]: entry["level"] for entry in published["hints"]} == levels
