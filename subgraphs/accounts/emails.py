"""Email addresses: one form for each, so that it is found again however it was typed."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from entrepot.shared.errors import InvalidInput

MAX_EMAIL_LENGTH: Final = 254

_LOCAL: Final = r"""[^\s@"(),:;<>\[\]\\.]+(?:\.[^\s@"(),:;<>\[\]\\.]+)*"""
_LABEL: Final = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_EMAIL: Final = re.compile(rf"({_LOCAL})@((?:{_LABEL}\.)+{_LABEL})")
_MAX_LOCAL_LENGTH: Final = 64


def normalize_email(text: str) -> str:
    """The address trimmed, in compatibility form and without case, to store and to compare; it may not be one."""
    trimmed = unicodedata.normalize("NFKC", text).strip()
    return unicodedata.normalize("NFKC", trimmed.casefold())


def read_email(text: str) -> str:
    """The normalized address; raises InvalidInput for what cannot be one (a strict subset of RFC 5321, no quotes)."""
    email = normalize_email(text)
    match = _EMAIL.fullmatch(email) if len(email) <= MAX_EMAIL_LENGTH and email.isprintable() else None
    if match is None or len(match[1]) > _MAX_LOCAL_LENGTH or "_" in match[2]:
        raise InvalidInput(
            f"Give an email address such as ada@example.com, at most {MAX_EMAIL_LENGTH} characters.", path=("email",)
        )
    return email
