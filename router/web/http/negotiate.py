"""Content negotiation: accepted and sent media types (RFC 9110 section 12, GraphQL over HTTP section 4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from entrepot.router.errors import UnsupportedMedia
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
    qualities = dict(_read_ranges(accept))
    json_quality, is_named = _quality_of(qualities, JSON)
    response_quality, is_response_named = _quality_of(qualities, GRAPHQL_RESPONSE)
    prefers_response = (response_quality, is_response_named) >= (json_quality, is_named) and is_response_named
    chosen = GRAPHQL_RESPONSE if prefers_response else JSON
    best = max(json_quality, response_quality)
    html = qualities.get(HTML, 0.0)
    stream = _choose_framing(accept, qualities)
    parts = _choose_parts(accept)
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
    kind, parameters = _read_media_type(content_type or "")
    if kind == "multipart/form-data":
        raise UnsupportedMedia("Uploads by multipart/form-data are not supported. Send JSON, and files elsewhere.")
    if kind != JSON:
        raise UnsupportedMedia("Send the GraphQL request as JSON, with `Content-Type: application/json`.")
    charset = parameters.get("charset", "utf-8").strip('"').lower()
    if charset not in ("utf-8", "utf8"):
        raise UnsupportedMedia("The body must be encoded in UTF-8.")


def _choose_framing(accept: str, qualities: dict[str, float]) -> Framing | None:
    """Events where they are accepted, else parts where their version is the one that is known here."""
    if qualities.get(EVENT_STREAM, 0.0) > 0:
        return EVENTS
    for part in accept.split(","):
        kind, parameters = _read_media_type(part)
        if kind == "multipart/mixed" and parameters.get("subscriptionspec", "").strip('"') == "1.0":
            return MULTIPART
    return None


def _choose_parts(accept: str) -> IncrementalFormat | None:
    """The most liked form of `multipart/mixed` that is known here, the first of equals."""
    liked: list[tuple[float, IncrementalFormat]] = []
    for part in accept.split(","):
        kind, parameters = _read_media_type(part)
        for name, value in parameters.items():
            known = FORMATS.get((name, value.strip('"').lower()))
            if kind == "multipart/mixed" and known is not None:
                liked.append((_read_quality(parameters), known))
    quality, chosen = max(liked, key=lambda item: item[0], default=(0.0, None))
    return chosen if quality > 0 else None


def _read_quality(parameters: dict[str, str]) -> float:
    try:
        return float(parameters.get("q", "1"))
    except ValueError:
        return 0.0


def _quality_of(qualities: dict[str, float], media_type: str) -> tuple[float, bool]:
    """How much it is liked, by the most specific range that fits, and whether that range names it."""
    if media_type in qualities:
        return qualities[media_type], True
    group = media_type.partition("/")[0] + "/*"
    return qualities.get(group, qualities.get("*/*", 0.0)), False


def _read_ranges(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept.split(","):
        kind, parameters = _read_media_type(part)
        if kind:
            yield kind, _read_quality(parameters)


def _read_media_type(text: str) -> tuple[str, dict[str, str]]:
    kind, *rest = text.split(";")
    pairs = (parameter.partition("=") for parameter in rest)
    return kind.strip().lower(), {name.strip().lower(): value.strip() for name, _, value in pairs}
