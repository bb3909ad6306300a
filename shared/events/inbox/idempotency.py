"""Idempotency keys: bound to caller, operation and input, stored in the transaction of the effect."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.errors import IdempotencyConflict, InvalidInput
from entrepot.shared.events.outbox.unit_of_work import UnitOfWork
from entrepot.shared.events.tables import IDEMPOTENCY_KEYS

MAX_KEY_LENGTH = 255


def hash_input(value: Any) -> str:
    """The same text for the same input, whatever the order of its keys."""
    return hashlib.sha256(msgspec.json.encode(msgspec.to_builtins(value), order="deterministic")).hexdigest()


def check_key(key: str) -> str:
    if not 1 <= len(key) <= MAX_KEY_LENGTH or not key.isprintable():
        raise InvalidInput(
            f"An idempotency key is 1 to {MAX_KEY_LENGTH} printable characters, such as a UUID.",
            path=("idempotencyKey",),
        )
    return key


async def find_result(session: AsyncSession, *, caller: str, operation: str, key: str, input_hash: str) -> str | None:
    """What the key made before, None when it is fresh; raises IdempotencyConflict when it came with another input."""
    row = (
        await session.execute(
            select(IDEMPOTENCY_KEYS.c.input_hash, IDEMPOTENCY_KEYS.c.result).where(
                and_(
                    IDEMPOTENCY_KEYS.c.caller == caller,
                    IDEMPOTENCY_KEYS.c.operation == operation,
                    IDEMPOTENCY_KEYS.c.key == key,
                )
            )
        )
    ).one_or_none()
    if row is None:
        return None
    if row.input_hash != input_hash:
        raise IdempotencyConflict(key)
    return str(row.result)


async def keep_result(
    unit: UnitOfWork[Any], *, caller: str, operation: str, key: str, input_hash: str, result: str
) -> None:
    """Keep what the key made; a second one at the same time violates the primary key and rolls back."""
    await unit.session.execute(
        IDEMPOTENCY_KEYS.insert().values(
            caller=caller, operation=operation, key=key, input_hash=input_hash, result=result, created_at=unit.now
        )
    )
