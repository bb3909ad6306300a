"""Why a server could not be reached, in a few words: refused, DNS, TLS or time, without anything of a request."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Callable, Sequence
from typing import Any, Final

from entrepot.router.execution.transports.http_client import AnswerInvalid, ConnectionLost
from entrepot.shared.tls import describe_tls_error

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
    if isinstance(error, ConnectionLost) and error.__cause__ is not None:
        return describe_cause(error.__cause__)
    for kind, describe in _KINDS:
        if isinstance(error, kind):
            return describe(error)
    text = str(error)
    number = getattr(error, "errno", None)
    if number is None and f"[Errno {errno.ECONNREFUSED}]" in text:
        # Several addresses were tried, none of which accepts.
        number = errno.ECONNREFUSED
    return _PLAIN.get(number) or getattr(error, "strerror", None) or text or type(error).__name__


_CLOSED: Final = "the connection was closed before the answer was complete"
_LACKS_CERTIFICATE: Final = (
    "; over TLS, a server that demands a client certificate, or does not trust the one it gets, may close it like that"
)
_KINDS: Final[Sequence[tuple[type[BaseException], Callable[[Any], str]]]] = (
    (ssl.SSLError, lambda error: f"TLS: {describe_tls_error(error)}"),
    (socket.gaierror, lambda error: f"DNS: the host name cannot be resolved ({error.strerror})"),
    (TimeoutError, lambda _: "time: no connection within the time limit"),
    (ConnectionLost, lambda error: _CLOSED + (_LACKS_CERTIFICATE if error.may_lack_certificate else "")),
    (AnswerInvalid, lambda _: "what came back is not HTTP"),
)
