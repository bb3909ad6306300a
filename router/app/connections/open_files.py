"""The number of files that the process may open, which every connection counts towards."""

from __future__ import annotations

import resource
from contextlib import suppress
from functools import cache
from typing import Final

_USUAL_MAXIMUM: Final = 10_240


@cache
def count_open_files() -> int | None:
    """How many files the process may open; None for no limit."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft


def raise_open_files_limit() -> None:
    """Raise the limit as far as the process may: shells often set 1024, below `server.max_connections`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Some systems call the hard limit infinite and then refuse it.
    for wanted in (hard, _USUAL_MAXIMUM):
        if soft != resource.RLIM_INFINITY and (wanted == resource.RLIM_INFINITY or wanted > soft):
            with suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
                break
    count_open_files.cache_clear()
