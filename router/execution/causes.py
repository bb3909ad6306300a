"""Why a server could not be reached, in a few words: refused, DNS, TLS or time, without anything of a request."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Callable, Sequence
from typing import Any, Final

from entrepot.router.execution.transports.http_client import AnswerInvalid, ConnectionLost

_PLAIN: Final[dict[int | None, str]] = {
    errno.ECONNREFUSED: "the connection was refused: nothing listens there",
    errno.ECONNRESET: "the connection was reset",
    errno.EHOSTUNREACH: "there is no route to the host",
    errno.ENETUNREACH: "the network is unreachable",
}


def describe_cause(error: BaseException) -> str:
    """The cause of a failed request to a server."""
    # aiohttp keeps the error of the socket, or of TLS, inside its own.
    inner = getattr(error, "os_error", None) or getattr(error, "certificate_error", None)
    if isinstance(inner, Exception) and inner is not error:
        return describe_cause(inner)
    for kind, describe in _KINDS:
        if isinstance(error, kind):
            return describe(error)
    text = str(error)
    number = getattr(error, "errno", None)
    if number is None and f"[Errno {errno.ECONNREFUSED}]" in text:
        # Several addresses were tried, none of which accepts.
        number = errno.ECONNREFUSED
    return _PLAIN.get(number) or getattr(error, "strerror", None) or text or type(error).__name__


_KINDS: Final[Sequence[tuple[type[BaseException], Callable[[Any], str]]]] = (
    (ssl.SSLCertVerificationError, lambda error: f"TLS: the certificate is not valid: {error.verify_message}"),
    (ssl.SSLError, lambda error: f"TLS: {error.reason or error}"),
    (socket.gaierror, lambda error: f"DNS: the host name cannot be resolved ({error.strerror})"),
    (TimeoutError, lambda _: "time: no connection within the time limit"),
    (ConnectionLost, lambda _: "the connection was closed before the answer was complete"),
    (AnswerInvalid, lambda _: "what came back is not HTTP"),
)
