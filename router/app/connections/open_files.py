"""The number of files that the process may open, which every connection counts towards."""

from __future__ import annotations

import resource
from contextlib import suppress
from functools import cache


@cache
def count_open_files() -> int | None:
    """How many files the process may open; None for no limit."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft


def raise_open_files_limit() -> None:
    """Raise the limit as far as the process may: shells often set 1024, below `server.max_connections`."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    count_open_files.cache_clear()
