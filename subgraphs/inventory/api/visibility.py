"""Who sees what: whether something is in stock is for everyone, where it lies and why is for staff."""

from __future__ import annotations

from typing import Final

READ: Final = [["inventory:read"]]
ADJUST: Final = [["inventory:adjust"]]
READ_OR_ADJUST: Final = [["inventory:read"], ["inventory:adjust"]]
"""Callers that adjust stock see the result."""
