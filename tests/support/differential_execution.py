"""Compares the breadth-first engine with graphql-core on one operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphql import ExecutionResult, GraphQLError, execute, parse
from graphql.pyutils import is_awaitable
from strawberry.schema import Schema

from entrepot.shared.graphql.execution import Engine

Path = tuple[str | int, ...]


async def compare(
    schema: Schema, engine: Engine, text: str, variables: Mapping[str, Any], build_context: Callable[[], Any]
) -> str | None:
    """What differs in a way that the specification does not allow; None for nothing."""
    document = parse(text)
    expected: Any = execute(schema._schema, document, context_value=build_context(), variable_values=dict(variables))
    if is_awaitable(expected):
        expected = await expected
    operation = engine.prepare(document, None)
    assert operation is not None
    found = await engine.execute(operation, variables, build_context())
    return find_difference(expected, found)


def find_difference(expected: ExecutionResult, found: ExecutionResult) -> str | None:
    """Data must be equal, to the order of keys. Errors must be equal at every place that survives in the data.

    An object that becomes null hides the errors below it; which of those are given is left open (section 6.4.4), but
    each null that no field answered needs an error at its place or below.
    """
    if repr(expected.data) != repr(found.data):
        return f"data: {expected.data!r}\n  but {found.data!r}"
    for result in (expected, found):
        hidden = _unexplained(result)
        if hidden:
            return f"errors at no null of the data: {hidden}"
    if _surviving(expected) != _surviving(found):
        return f"errors: {sorted(_surviving(expected), key=repr)}\n  but {sorted(_surviving(found), key=repr)}"
    if _hidden_places(expected) != _hidden_places(found):
        return f"nulls with an error below: {_hidden_places(expected)}\n  but {_hidden_places(found)}"
    return None


def _path(error: GraphQLError) -> Path:
    return tuple(error.path or ())


def _deepest(data: Any, path: Path) -> Path | None:
    """The longest part of the path that leads to a null of the data; None when the path leads to something else."""
    here: Path = ()
    for key in path:
        if data is None:
            return here
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            return None
        here = (*here, key)
    return here if data is None else None


def _surviving(result: ExecutionResult) -> set[tuple[Path, str]]:
    """Errors of fields whose place is in the data, with the messages."""
    errors = result.errors or []
    return {(_path(error), error.message) for error in errors if _deepest(result.data, _path(error)) == _path(error)}


def _hidden_places(result: ExecutionResult) -> set[Path]:
    """Places that are null because of something below them."""
    places = ((_path(error), _deepest(result.data, _path(error))) for error in result.errors or [])
    return {place for path, place in places if place is not None and place != path}


def _unexplained(result: ExecutionResult) -> list[Path]:
    return [_path(error) for error in result.errors or [] if _deepest(result.data, _path(error)) is None]
