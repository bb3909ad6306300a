"""The limit on the size of responses, whole or in payloads."""

from __future__ import annotations

from entrepot.router.errors import ResponseTooLarge


def check_length(length: int, maximum: int | None) -> None:
    """Raise ResponseTooLarge for more bytes than `maximum`."""
    if maximum is not None and length > maximum:
        raise ResponseTooLarge(
            f"The answer has {length} bytes; at most {maximum} are sent. Ask for less at a time.",
            extensions={"limit": "response bytes", "allowed": maximum, "asked": length},
        )
