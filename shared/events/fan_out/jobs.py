"""The fan-out channel that wakes a job."""

from __future__ import annotations


def job_channel(name: str) -> str:
    """The channel that the job of that name listens to between its rounds."""
    return f"job:{name}"
