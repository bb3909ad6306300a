"""Whether a process answers that it is ready."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from http.client import HTTPException
from typing import Final
from urllib.request import urlopen

PATIENCE: Final = 5.0
_COMMAND: Final = ("entrepot", "health")


def read_health(url: str, tls: ssl.SSLContext | None = None, seconds: float = PATIENCE) -> str:
    """What the process at the URL (http or https) says of its health.

    Raises OSError, which URLError is, or HTTPException for any answer but 200, and for none.
    """
    with urlopen(url, timeout=seconds, context=tls) as answer:  # noqa: S310 - the callers look at its scheme
        return str(answer.read().decode(errors="replace"))


def find_url(test: Sequence[str]) -> str | None:
    """The URL of a health check that is `entrepot health URL`: nobody needs to start a process for it."""
    url = test[2] if tuple(test[:2]) == _COMMAND and len(test) == len(_COMMAND) + 1 else None
    return url if url is not None and url.startswith("http://") else None


async def is_ready(url: str, seconds: float) -> bool:
    """Whether the process says that it is ready, within some seconds."""
    try:
        await asyncio.to_thread(read_health, url, None, seconds)
    except (OSError, HTTPException):
        return False
    return True
