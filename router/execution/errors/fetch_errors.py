"""Errors of fetches, collected while a plan runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from entrepot.router.errors import RouterError
from entrepot.router.execution.representations import RepresentationBatch
from entrepot.router.plan import Fetch


@dataclass(slots=True)
class FetchError:
    """An error of one fetch: the entry without its path, and the path as the subgraph gave it.

    `batches` are those of the fetch's entity calls, by alias. `is_whole` says that the fetch brought no data at all.
    """

    fetch: Fetch
    entry: dict[str, Any]
    path: tuple[str | int, ...] | None
    batches: dict[str, RepresentationBatch]
    is_whole: bool


def read_subgraph_error(
    fetch: Fetch, error: Any, batches: dict[str, RepresentationBatch], *, is_whole: bool
) -> FetchError:
    """A subgraph's error entry as a fault: message and extensions are kept, locations are the subgraph's own matter."""
    content = error if error.__class__ is dict else {}
    message = content.get("message")
    extensions = content.get("extensions")
    entry = {
        "message": message if message.__class__ is str else "The subgraph gave an error without a message.",
        "extensions": {**(extensions if extensions.__class__ is dict else {}), "service": fetch.subgraph},
    }
    path = content.get("path")
    is_path = path.__class__ is list and all(step.__class__ in (str, int) for step in path)
    return FetchError(fetch, entry, tuple(path) if is_path and path else None, batches, is_whole)


def build_fetch_error(fetch: Fetch, error: RouterError, batches: dict[str, RepresentationBatch]) -> FetchError:
    """The fault of a fetch that brought nothing."""
    entry = error.to_graphql()
    entry["extensions"].setdefault("service", fetch.subgraph)
    return FetchError(fetch, entry, None, batches, is_whole=True)
