"""Keyset pagination: a page is what stands before or after a cursor, and a cursor is the sort key of one row."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import msgspec

from entrepot.shared.errors import InvalidInput

T = TypeVar("T")
U = TypeVar("U")
SortKey = tuple[str | int | None, ...]

DEFAULT_PAGE_SIZE: Final = 20
MAX_PAGE_SIZE: Final = 100
_MAX_CURSOR_LENGTH: Final = 2048
_INTEGER_LIMIT: Final = 2**63


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page: `size` rows after `after`, or before `before` when `backward`."""

    size: int
    cursor: SortKey | None
    backward: bool = False

    @property
    def limit(self) -> int:
        """How many rows to ask the database for: one more tells whether there are more."""
        return self.size + 1


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows in the list's order, each with its cursor."""

    items: Sequence[T]
    cursors: Sequence[str]
    has_next: bool
    has_previous: bool

    def map(self, convert: Callable[[T], U]) -> Page[U]:
        return Page([convert(item) for item in self.items], self.cursors, self.has_next, self.has_previous)


def read_page_request(
    first: int | None = None, after: str | None = None, last: int | None = None, before: str | None = None
) -> PageRequest:
    """The four arguments of a Relay connection as one request; raises InvalidInput for what makes no sense."""
    if last is not None or before is not None:
        if first is not None or after is not None:
            raise InvalidInput("Page forward with first/after or backward with last/before, not both.")
        return PageRequest(_read_size(last, "last"), _read_cursor(before, "before"), backward=True)
    return PageRequest(_read_size(first, "first"), _read_cursor(after, "after"))


def build_page(request: PageRequest, rows: Sequence[T], sort_key: Callable[[T], SortKey]) -> Page[T]:
    """The page of up to `request.limit` rows as the database returned them (reversed for a backward page)."""
    more = len(rows) > request.size
    items = list(rows[: request.size])
    if request.backward:
        items.reverse()
    behind = request.cursor is not None
    return Page(
        items,
        [encode_cursor(sort_key(item)) for item in items],
        has_next=behind if request.backward else more,
        has_previous=more if request.backward else behind,
    )


def encode_cursor(key: SortKey) -> str:
    """The sort key as opaque text."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def _read_cursor(text: str | None, argument: str) -> SortKey | None:
    if text is None:
        return None
    try:
        raw = base64.b64decode(text[:_MAX_CURSOR_LENGTH] + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        key = msgspec.json.decode(raw, type=SortKey)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        key = ()
    # The last part is of the column that identifies a row.
    if not key or key[-1] is None or not all(_is_storable(part) for part in key):
        raise InvalidInput(f"{argument} is not a cursor of this list.", path=(argument,))
    return key


def _is_storable(part: str | int | None) -> bool:
    """Whether a database takes the value: PostgreSQL has no zero byte in text, and integers end at 64 bits."""
    if isinstance(part, str):
        return "\0" not in part
    return part is None or -_INTEGER_LIMIT <= part < _INTEGER_LIMIT


def _read_size(size: int | None, argument: str) -> int:
    if size is None:
        return DEFAULT_PAGE_SIZE
    if not 1 <= size <= MAX_PAGE_SIZE:
        raise InvalidInput(f"{argument} must be from 1 to {MAX_PAGE_SIZE}.", path=(argument,))
    return size
