"""Which URLs of subgraphs the router can send requests to."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

_HTTP: Final = ("http", "https")


def find_url_fault(url: str, schemes: tuple[str, ...] = _HTTP) -> str | None:
    """Why no request can be sent to the URL, as the end of a sentence; None when one can."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return f"is not a URL: {error}"
    faults = (
        (parts.scheme not in schemes, f"must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}"),
        (not parts.hostname, "names no host"),
        (port == 0, "has port 0, which no server has"),
        (parts.username is not None, "has a user in it; send credentials in a header"),
        (not (parts.path + parts.query).isascii(), "has characters that must be escaped"),
        (any(character.isspace() for character in url), "has a space in it"),
        (not _is_host(parts.hostname or ""), "has a host name that cannot be resolved"),
    )
    return next((fault for is_so, fault in faults if is_so), None)


def quote_url(url: str) -> str:
    """The URL in quotes, to be shown: a password in it is left out."""
    head, sign, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    user, at, host = authority.rpartition("@")
    return repr(f"{head}{sign}{user.partition(':')[0]}:***@{host}{slash}{path}" if at and ":" in user else url)


def _is_host(name: str) -> bool:
    try:
        name.encode("idna")
    except UnicodeError:
        return False
    return True
