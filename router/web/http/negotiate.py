"""Content negotiation: accepted and sent media types (RFC 9110 section 12, GraphQL over HTTP section 4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from entrepot.router.errors import UnsupportedMedia
from entrepot.router.media_types import MediaType, read_media_ranges, read_media_type
from entrepot.router.web.http.short_cache import cache_short
from entrepot.router.web.streaming.framing import EVENTS, MULTIPART, Framing
from entrepot.router.web.streaming.incremental import EVENT_PARTS, FORMATS, IncrementalFormat

JSON: Final = "application/json"
GRAPHQL_RESPONSE: Final = "application/graphql-response+json"
EVENT_STREAM: Final = "text/event-stream"
HTML: Final = "text/html"


@dataclass(frozen=True, slots=True)
class Accepted:
    """What may be answered: a JSON type or None, a form of stream or None, or a page since it is a browser.

    `parts` is the form of an answer in parts, None where it must come whole.
    """

    json: str | None
    stream: Framing | None = None
    parts: IncrementalFormat | None = None
    prefers_html: bool = False


@cache_short
def negotiate(accept: str | None) -> Accepted:
    """What an `Accept` header leaves to choose from.

    Without a header, and for `*/*`, the answer is `application/json` (GraphQL over HTTP section 6.1); of two types that
    are named and equally liked, the newer one is used.
    """
    if accept is None or not accept.strip():
        return Accepted(JSON)
    ranges = tuple(read_media_ranges(accept))
    qualities: dict[str, float] = {}
    for item in ranges:
        qualities[item.name] = max(item.weight, qualities.get(item.name, 0.0))
    json_quality, is_named = _quality_of(qualities, JSON)
    response_quality, is_response_named = _quality_of(qualities, GRAPHQL_RESPONSE)
    prefers_response = (response_quality, is_response_named) >= (json_quality, is_named) and is_response_named
    chosen = GRAPHQL_RESPONSE if prefers_response else JSON
    best = max(json_quality, response_quality)
    html = qualities.get(HTML, 0.0)
    stream = _choose_framing(ranges)
    parts = _choose_parts(ranges)
    return Accepted(
        # Who accepts an answer in parts can read its only part, which is sent as it is.
        json=chosen if best > 0 or parts is not None else None,
        stream=stream,
        parts=EVENT_PARTS if parts is None and stream is EVENTS else parts,
        prefers_html=html > 0 and html >= best,
    )


@cache_short
def check_content_type(content_type: str | None) -> None:
    """Refuse a body that is not JSON in UTF-8; raises UnsupportedMedia."""
    media_type = read_media_type(content_type or "")
    kind = "" if media_type is None else media_type.name
    if kind == "multipart/form-data":
        raise UnsupportedMedia("Uploads by multipart/form-data are not supported. Send JSON, and files elsewhere.")
    if media_type is None or kind != JSON:
        raise UnsupportedMedia("Send the GraphQL request as JSON, with `Content-Type: application/json`.")
    if media_type.parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise UnsupportedMedia("The body must be encoded in UTF-8.")


def _choose_framing(ranges: Iterable[MediaType]) -> Framing | None:
    """Events, or parts of the version that is known here, whichever is liked more; events of equals."""
    events = parts = 0.0
    for item in ranges:
        if item.name == EVENT_STREAM:
            events = max(events, item.weight)
        elif item.name == "multipart/mixed" and item.parameters.get("subscriptionspec") == "1.0":
            parts = max(parts, item.weight)
    if max(events, parts) == 0.0:
        return None
    return EVENTS if events >= parts else MULTIPART


def _choose_parts(ranges: Iterable[MediaType]) -> IncrementalFormat | None:
    """The most liked form of `multipart/mixed` that is known here, the first of equals."""
    liked: list[tuple[float, IncrementalFormat]] = []
    for item in ranges:
        for name, value in item.parameters.items():
            known = FORMATS.get((name, value.lower()))
            if item.name == "multipart/mixed" and known is not None:
                liked.append((item.weight, known))
    quality, chosen = max(liked, key=lambda item: item[0], default=(0.0, None))
    return chosen if quality > 0 else None


def _quality_of(qualities: dict[str, float], media_type: str) -> tuple[float, bool]:
    """How much it is liked, by the most specific range that fits, and whether that range names it."""
    if media_type in qualities:
        return qualities[media_type], True
    group = media_type.partition("/")[0] + "/*"
    return qualities.get(group, qualities.get("*/*", 0.0)), False
