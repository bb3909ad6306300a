"""Idempotency keys: bound to caller, operation and input, stored in the transaction of the effect."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, delete, select, update

from entrepot.shared.db import insert_or_ignore
from entrepot.shared.errors import IdempotencyConflict, InvalidInput
from entrepot.shared.events.outbox.unit_of_work import UnitOfWork
from entrepot.shared.events.tables import IDEMPOTENCY_KEYS

MAX_KEY_LENGTH: Final = 255

_PENDING: Final = ""
"""The result of a key whose transaction is under way; nobody else sees it."""

_KEY: Final = IDEMPOTENCY_KEYS.c
_FIND: Final = select(_KEY.input_hash, _KEY.result).where(
    _KEY.caller == bindparam("caller"), _KEY.operation == bindparam("operation"), _KEY.key == bindparam("key")
)
_CLAIMED: Final = (
    _KEY.caller == bindparam("of_caller"),
    _KEY.operation == bindparam("of_operation"),
    _KEY.key == bindparam("of_key"),
)
_KEEP: Final = update(IDEMPOTENCY_KEYS).where(*_CLAIMED).values(result=bindparam("result"))
_RELEASE: Final = delete(IDEMPOTENCY_KEYS).where(*_CLAIMED)


def hash_input(value: Any) -> str:
    """The same text for the same input, whatever the order of its keys."""
    return hashlib.sha256(msgspec.json.encode(msgspec.to_builtins(value), order="deterministic")).hexdigest()


def check_key(key: str) -> str:
    """The key; raises InvalidInput for one that is too long, empty or not printable."""
    if not 1 <= len(key) <= MAX_KEY_LENGTH or not key.isprintable():
        raise InvalidInput(
            f"An idempotency key is 1 to {MAX_KEY_LENGTH} printable characters, such as a UUID.",
            path=("idempotencyKey",),
        )
    return key


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that this transaction holds; `result` is what the key made before, None when it is new."""

    caller: str
    operation: str
    key: str
    result: str | None = None


async def claim_key(unit: UnitOfWork[Any], *, caller: str, operation: str, key: str, input_hash: str) -> Claim:
    """Take the key for this transaction, before anything else is done in it.

    Another transaction with the same key waits here until this one ends, and then finds its result; if this one was
    rolled back, the other one takes the key. Raises IdempotencyConflict when the key came with another input before.
    """
    row = {"caller": caller, "operation": operation, "key": key}
    values = {**row, "input_hash": input_hash, "result": _PENDING, "created_at": unit.now}
    if await insert_or_ignore(unit.session, IDEMPOTENCY_KEYS, values):
        return Claim(**row)
    known = (await unit.session.execute(_FIND, row)).one()
    if known.input_hash != input_hash:
        raise IdempotencyConflict(key)
    return Claim(**row, result=str(known.result))


async def keep_result(unit: UnitOfWork[Any], claim: Claim, result: str) -> None:
    """Keep what the claimed key made."""
    await unit.session.execute(_KEEP, {**_row_of(claim), "result": result})


async def release_key(unit: UnitOfWork[Any], claim: Claim) -> None:
    """Give the key up, in a transaction that is committed without having made anything for it."""
    await unit.session.execute(_RELEASE, _row_of(claim))


def _row_of(claim: Claim) -> dict[str, str]:
    return {"of_caller": claim.caller, "of_operation": claim.operation, "of_key": claim.key}
