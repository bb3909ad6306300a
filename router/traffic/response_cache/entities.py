"""Entity fetches with cached entities: the request narrowed to the missing ones, the response assembled from both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from entrepot.router.execution import SubgraphRequest, SubgraphResponse, encode_json
from entrepot.router.execution.transports.subgraph_client import EntityList

Texts = Sequence[Sequence[bytes]]


def read_frame(request: SubgraphRequest) -> bytes | None:
    """The body without its representations; all of it where it has none.

    None when the body does not end with the representations: then it cannot be narrowed.
    """
    if not request.entities:
        return request.body
    tail = _print_tail(request.entities)
    return request.body[: -len(tail)] if request.body.endswith(tail) else None


def narrow_request(request: SubgraphRequest, frame: bytes, texts: Texts) -> SubgraphRequest:
    """The request for these representations only, those of each list in their order."""
    lists = tuple(replace(each, texts=tuple(group)) for each, group in zip(request.entities, texts, strict=True))
    return replace(request, body=frame + _print_tail(lists), entities=lists)


def read_bodies(content: Any, response: SubgraphResponse, lists: tuple[EntityList, ...]) -> list[bytes] | None:
    """The JSON text of each entity, or of the response where there are no lists; None for an unexpected response."""
    data = content.get("data") if isinstance(content, dict) else None
    if not lists:
        return [response.body] if isinstance(data, dict) else None
    bodies: list[bytes] = []
    for each in lists:
        entities = data.get(each.alias) if isinstance(data, dict) else None
        if entities is None and isinstance(content, dict) and content.get("errors"):
            entities = [None] * len(each.texts)
        if not isinstance(entities, list) or len(entities) != len(each.texts):
            return None
        bodies += map(encode_json, entities)
    return bodies


def assemble_body(lists: tuple[EntityList, ...], bodies: Texts, errors: Sequence[Any]) -> bytes:
    """The response to the whole request."""
    if not lists:
        return bodies[0][0]
    parts = (
        encode_json(each.alias) + b":[" + b",".join(group) + b"]" for each, group in zip(lists, bodies, strict=True)
    )
    body = b'{"data":{' + b",".join(parts) + b"}"
    return body + (b',"errors":' + encode_json(list(errors)) if errors else b"") + b"}"


def move_errors(errors: Iterable[Any], lists: tuple[EntityList, ...], places: Sequence[Sequence[int]]) -> list[Any]:
    """The errors of a narrowed request, with paths into the whole one by `places`, the indexes of its entities."""
    by_alias = {each.alias: own for each, own in zip(lists, places, strict=True)}
    moved: list[Any] = []
    for error in errors:
        path = error.get("path") if isinstance(error, dict) else None
        if isinstance(path, list) and len(path) > 1 and isinstance(path[1], int):
            own = by_alias.get(path[0], ())
            if 0 <= path[1] < len(own):
                moved.append({**error, "path": [path[0], own[path[1]], *path[2:]]})
                continue
        moved.append(error)
    return moved


def _print_tail(lists: Iterable[EntityList]) -> bytes:
    return b",".join(each.head + b",".join(each.texts) + b"]" for each in lists) + b"}}"
