"""What fails in a split, and whether the errors of the federated answer are those of the whole schema's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from re import findall
from typing import Any

from graphql import ExecutionResult

from tests.support.differential.split import Failure, Kind, Split

_NEVER_FAILING = frozenset({"Query", "Mutation", "Subscription", "Receipt", "Origin"})

Path = tuple[str | int, ...]


class Failed(Exception):
    """A field fails as the split says; `is_entity` when all of a subgraph's fields of the object do."""

    def __init__(self, message: str, *, is_entity: bool = False) -> None:
        super().__init__(message)
        self.is_entity = is_entity


def choose_failures(split: Split, random: Random, keys: frozenset[str]) -> None:
    """Chooses where object 0 is absent and what fails; nothing that a requirement or a key is read from or goes with.

    Nor what an interface object adds: it is asked for objects of all types together, so that a failure for one that the
    client does not ask it of is told all the same.
    """
    required = {word for kind in split.kinds.values() for word in _required_words(kind)}
    stand_ins = {kind.name for kind in split.kinds.values() for part in kind.parts.values() if part.is_interface_object}
    for name in stand_ins:
        required |= split.kinds[name].fields.keys()
    for kind in split.kinds.values():
        if kind.key_sets:
            may_fail = not stand_ins.intersection(kind.interfaces)
            _choose_entities(split, random, kind, keys, required, may_fail=may_fail)
        if kind.word == "type" and kind.name not in _NEVER_FAILING:
            for name, member in kind.fields.items():
                is_used = name in keys or name in required or name == "revision"
                is_non_null = member.type.endswith("!")
                if is_used or (is_non_null and not split.has_flat_requirements) or random.random() < 0.3:
                    continue
                is_null = is_non_null and random.random() < 0.5
                split.failing_fields[kind.name, name] = "null" if is_null else "error"


def _choose_entities(
    split: Split, random: Random, kind: Kind, keys: frozenset[str], required: set[str], *, may_fail: bool
) -> None:
    """Subgraphs that alone have some fields of the type, and through which nothing else is had."""
    for graph, part in list(kind.parts.items())[1:]:
        own = [name for name in part.fields if name not in keys and graph in kind.owners(name)]
        is_alone = len(part.keys) == 1 and part.keys[0][1]
        is_free = all(kind.owners(name) == [graph] for name in own)
        if not own or not is_alone or not is_free or required.intersection(own):
            continue
        has_non_null = any(kind.fields[name].type.endswith("!") for name in own)
        if not has_non_null and (random.random() < 0.5 or not may_fail):
            split.absent.add((kind.name, graph))
        elif may_fail and (not has_non_null or split.has_flat_requirements):
            failure: Failure = "null" if random.random() < 0.4 else "error"
            split.failing_entities[kind.name, graph] = failure


def _required_words(kind: Kind) -> set[str]:
    texts = [item.requires for part in kind.parts.values() for item in part.fields.values() if item.requires]
    return {word for text in texts for word in findall(r"\w+", text)}


def describe_errors(truth: ExecutionResult, everything: ExecutionResult, errors: Sequence[dict[str, Any]]) -> str:
    """What is wrong with the errors of an answer whose data is the truth's.

    `everything` is the answer of the whole schema when a null may be everywhere: all errors that there can be. Which of
    several errors below one null is told is left open, as the order of execution is; that one is told there is not.
    """
    possible: set[Path] = set()
    for error in everything.errors or ():
        path = tuple(error.path or ())
        possible.add(path)
        if isinstance(error.original_error, Failed) and error.original_error.is_entity:
            possible.add(path[:-1])
    told = [tuple(error.get("path") or ()) for error in errors]
    made_up = [path for path in told if path not in possible]
    if made_up:
        return f"told of errors at {made_up}, where there is none: {errors}"
    nulls = {_find_null(truth.data, path) for path in told}
    untold = [path for path in _list_paths(truth) if not nulls & {_find_null(truth.data, path), path[:-1]}]
    return f"told nothing of errors at {untold}: {errors}" if untold else ""


def has_propagated(result: ExecutionResult) -> bool:
    """Whether an error made more null than its own field."""
    return any(_find_null(result.data, path) != path for path in _list_paths(result))


def _list_paths(result: ExecutionResult) -> Iterator[Path]:
    return (tuple(error.path or ()) for error in result.errors or ())


def _find_null(data: Any, path: Path) -> Path:
    """The place on the path where the data ends in null, the path itself when it does not."""
    for count, step in enumerate(path):
        if data is None:
            return path[:count]
        data = data[step]
    return path
