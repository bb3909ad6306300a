"""A payment provider in one file: stands for a real one (PSP), and behaves by the token it is given.

Its state is a journal of JSON lines beside the databases: it survives restarts, and several processes of one machine
may share it. Nothing is forced to the disk: like any provider's, its books survive our death, not the machine's.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from entrepot.shared.money import Money
from entrepot.subgraphs.payments.errors import ProviderRefused, ProviderUnanswered, ProviderUnavailable
from entrepot.subgraphs.payments.ports import Authorized, Declined, Outcome

_ALWAYS: Final = 2**31
_CANCELLED: Final = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a token behaves: the reason it is declined for, and how many calls are refused or left without an answer."""

    decline: str | None = None
    unavailable_calls: int = 0
    unanswered_calls: int = 0


BEHAVIOURS: Final[Mapping[str, Behaviour]] = {
    "tok_visa": Behaviour(),
    "tok_declined": Behaviour(decline="CARD_DECLINED"),
    "tok_insufficient_funds": Behaviour(decline="INSUFFICIENT_FUNDS"),
    "tok_timeout": Behaviour(unanswered_calls=1),
    "tok_unavailable": Behaviour(unavailable_calls=2),
    "tok_stuck": Behaviour(unanswered_calls=_ALWAYS),
}
_UNKNOWN: Final = Behaviour(decline="INVALID_TOKEN")


class _Status(StrEnum):
    SEEN = "SEEN"  # asked for, without effect so far
    AUTHORIZED = "AUTHORIZED"
    DECLINED = "DECLINED"
    VOIDED = "VOIDED"
    CAPTURED = "CAPTURED"


@dataclass(frozen=True, slots=True)
class _Record:
    """What stands under a key. One that was voided before it came has no token."""

    key: str
    status: _Status
    token: str | None = None
    minor_units: int = 0
    currency: str = ""
    calls: int = 0
    captured: int = 0

    @property
    def behaviour(self) -> Behaviour:
        return BEHAVIOURS.get(self.token or "", _UNKNOWN)

    @property
    def reference(self) -> str:
        return f"local_{hashlib.sha256(self.key.encode()).hexdigest()[:24]}"

    @property
    def outcome(self) -> Outcome | None:
        if self.status is _Status.SEEN:
            return None
        if self.status in (_Status.AUTHORIZED, _Status.CAPTURED):
            return Authorized(self.reference)
        return Declined(_CANCELLED if self.status is _Status.VOIDED else self.behaviour.decline or _CANCELLED)


class LocalProvider:
    """The provider whose books are the journal at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._position = 0
        self._records: dict[str, _Record] = {}

    async def authorize(self, *, key: str, amount: Money, token: str) -> Outcome:
        with self._turn() as journal:
            record = self._take_call(journal, key, amount, token)
            behaviour = record.behaviour
            if record.status is _Status.SEEN and record.calls > behaviour.unavailable_calls:
                status = _Status.DECLINED if behaviour.decline else _Status.AUTHORIZED
                record = self._write(journal, replace(record, status=status))
        outcome = record.outcome
        if outcome is None:
            raise ProviderUnavailable("The local provider does not serve this token yet.")
        if record.calls <= behaviour.unanswered_calls and record.status is not _Status.VOIDED:
            raise ProviderUnanswered("The local provider does not answer this call.")
        return outcome

    async def capture(self, *, key: str, reference: str, amount: Money) -> None:
        with self._turn() as journal:
            record = self._records.get(key)
            if record is None or record.reference != reference:
                raise ProviderRefused(f"There is no authorization {reference!r} under this key.")
            if record.status is _Status.CAPTURED and record.captured == amount.minor_units:
                return
            if record.status is not _Status.AUTHORIZED or amount.currency != record.currency:
                raise ProviderRefused(f"Authorization {reference!r} cannot be captured: it is {record.status}.")
            if not 0 < amount.minor_units <= record.minor_units:
                raise ProviderRefused(f"At most {record.minor_units} can be captured of {reference!r}.")
            self._write(journal, replace(record, status=_Status.CAPTURED, captured=amount.minor_units))

    async def void(self, *, key: str, reference: str | None) -> None:
        with self._turn() as journal:
            record = self._records.get(key, _Record(key, _Status.SEEN))
            if reference is not None and record.reference != reference:
                raise ProviderRefused(f"There is no authorization {reference!r} under this key.")
            if record.status is _Status.CAPTURED:
                raise ProviderRefused(f"Authorization {record.reference!r} has been captured.")
            if record.status in (_Status.SEEN, _Status.AUTHORIZED):
                self._write(journal, replace(record, status=_Status.VOIDED))

    async def find(self, *, key: str) -> Outcome | None:
        with self._turn():
            record = self._records.get(key)
        if record is None:
            return None
        if record.behaviour.unanswered_calls >= _ALWAYS:
            raise ProviderUnanswered("The local provider does not answer this call.")
        return record.outcome

    def read_open(self) -> Mapping[str, Money]:
        """What is set aside at the moment, by key: what a statement of the provider would say."""
        with self._turn():
            return {
                record.key: Money(record.minor_units, record.currency)
                for record in self._records.values()
                if record.status is _Status.AUTHORIZED
            }

    def _take_call(self, journal: BinaryIO, key: str, amount: Money, token: str) -> _Record:
        """The key's record with this call counted; raises ProviderRefused when the key came with something else."""
        known = self._records.get(key)
        asked = _Record(key, _Status.SEEN, token, amount.minor_units, amount.currency)
        if known is None:
            return self._write(journal, replace(asked, calls=1))
        if known.token is None:
            return known
        if (known.token, known.minor_units, known.currency) != (asked.token, asked.minor_units, asked.currency):
            raise ProviderRefused("This key was used before with another amount or token.")
        return self._write(journal, replace(known, calls=known.calls + 1))

    @contextmanager
    def _turn(self) -> Iterator[BinaryIO]:
        """The journal, ours alone for the time of the block, with what others wrote taken in."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab+", buffering=0) as journal:
            fcntl.flock(journal, fcntl.LOCK_EX)
            self._read_news(journal)
            yield journal

    def _read_news(self, journal: BinaryIO) -> None:
        journal.seek(self._position)
        news = journal.read()
        whole = news.rfind(b"\n") + 1
        for line in news[:whole].splitlines():
            record = msgspec.json.decode(line, type=_Record)
            self._records[record.key] = record
        self._position += whole
        if whole != len(news):
            os.ftruncate(journal.fileno(), self._position)  # Its writer died within the line: it never was.

    def _write(self, journal: BinaryIO, record: _Record) -> _Record:
        line = msgspec.json.encode(record) + b"\n"
        journal.write(line)
        self._position += len(line)
        self._records[record.key] = record
        return record
