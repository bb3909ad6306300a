"""Errors of fetches, collected while a plan runs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from entrepot.router.errors import RouterError
from entrepot.router.execution.json_text import encode_json
from entrepot.router.execution.representations import RepresentationBatch
from entrepot.router.plan import Fetch

# A subgraph decides what its errors say; clients, logs and the time for placing them bear no more than this.
MAX_MESSAGE_CHARACTERS: Final = 2_000
MAX_EXTENSIONS_BYTES: Final = 16 * 1024
MAX_TOTAL_BYTES: Final = 512 * 1024
MAX_PATH_STEPS: Final = 256
_MAX_CODE_CHARACTERS: Final = 100
_MAX_BRACKETS: Final = 500


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


def read_subgraph_errors(
    fetch: Fetch, errors: list[Any], batches: dict[str, RepresentationBatch], maximum: int, *, is_whole: bool
) -> list[FetchError]:
    """A subgraph's error entries as faults, at most `maximum`; the last one counts those that are left out.

    Message and extensions are kept up to their limits, locations are the subgraph's own matter.
    """
    faults: list[FetchError] = []
    size = 0
    for error in islice(errors, maximum if len(errors) <= maximum else maximum - 1):
        if size > MAX_TOTAL_BYTES:
            break
        fault, added = _read_error(fetch, error, batches, is_whole=is_whole)
        faults.append(fault)
        size += added
    if left_out := len(errors) - len(faults):
        entry = {
            "message": f"The subgraph gave {left_out} more errors.",
            "extensions": {"service": fetch.subgraph},
        }
        faults.append(FetchError(fetch, entry, None, batches, is_whole))
    return faults


def _read_error(
    fetch: Fetch, error: Any, batches: dict[str, RepresentationBatch], *, is_whole: bool
) -> tuple[FetchError, int]:
    """The fault, and about how many bytes it adds to the response."""
    content = error if error.__class__ is dict else {}
    message = content.get("message")
    if message.__class__ is not str:
        message = "The subgraph gave an error without a message."
    elif len(message) > MAX_MESSAGE_CHARACTERS:
        message = f"{message[:MAX_MESSAGE_CHARACTERS]}..."
    extensions, size = _read_extensions(content.get("extensions"))
    path: Any = content.get("path")
    is_path = (
        path.__class__ is list
        and 0 < len(path) <= MAX_PATH_STEPS
        and all(step.__class__ in (str, int) for step in path)
    )
    entry = {"message": message, "extensions": {**extensions, "service": fetch.subgraph}}
    fault = FetchError(fetch, entry, tuple(path) if is_path else None, batches, is_whole)
    return fault, len(message) + size


def _read_extensions(extensions: Any) -> tuple[dict[str, Any], int]:
    """The extensions and their size; of those that are too large, a code of usual length is left."""
    if extensions.__class__ is not dict or not extensions:
        return {}, 0
    try:
        text = encode_json(extensions)
    except RecursionError:
        text = b""
    # More brackets may be nested deeper than a response can be written.
    if text and len(text) <= MAX_EXTENSIONS_BYTES and text.count(b"[") + text.count(b"{") <= _MAX_BRACKETS:
        return extensions, len(text)
    code: Any = extensions.get("code")
    is_usual = code.__class__ is str and len(code) <= _MAX_CODE_CHARACTERS
    return ({"code": code}, len(code)) if is_usual else ({}, 0)


def build_fetch_error(fetch: Fetch, error: RouterError, batches: dict[str, RepresentationBatch]) -> FetchError:
    """The fault of a fetch that brought nothing."""
    entry = error.to_graphql()
    entry["extensions"].setdefault("service", fetch.subgraph)
    return FetchError(fetch, entry, None, batches, is_whole=True)
