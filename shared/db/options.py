"""How a server's connections are kept and bounded: a pool for each process, time limits for each connection."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from entrepot.shared.db.pool import WaitingPool

_MILLISECONDS = 1000


@dataclass(frozen=True, slots=True)
class ConnectionOptions:
    """Times in seconds. A process keeps `pool_size` connections and opens `pool_overflow` more under load.

    Who finds none free waits `pool_wait` for one. A connection is replaced after `pool_lifetime`, so that a server that
    was failed over or grew a replica is noticed. The server ends a statement after `statement_timeout`, a wait for a
    lock after `lock_timeout` and a transaction in which nothing happens after `idle_timeout`: one process that hangs
    holds up no other for longer than that. A server that has not even said so `answer_grace` later is taken for away.
    """

    pool_size: int = 8
    pool_overflow: int = 8
    pool_wait: float = 10.0
    pool_lifetime: float = 1800.0
    connect_timeout: float = 5.0
    statement_timeout: float = 15.0
    lock_timeout: float = 5.0
    idle_timeout: float = 30.0
    answer_grace: float = 1.0

    def __post_init__(self) -> None:
        least = {"pool_size": 1, "pool_overflow": 0}
        wrong = [
            field.name for field in fields(self) if getattr(self, field.name) < least.get(field.name, 1 / _MILLISECONDS)
        ]
        if wrong:
            raise ValueError(f"too small: {', '.join(wrong)}")

    def build_engine_options(self, application: str, *, is_patient: bool = False) -> dict[str, Any]:
        """The options of SQLAlchemy and asyncpg; `application` names the process in the server's own views.

        Patient connections have no timeouts.
        """
        limits = {
            "statement_timeout": self.statement_timeout,
            "lock_timeout": self.lock_timeout,
            "idle_in_transaction_session_timeout": self.idle_timeout,
        }
        server = {name: str(int(seconds * _MILLISECONDS)) for name, seconds in limits.items()}
        return {
            "poolclass": WaitingPool,
            "pool_size": self.pool_size,
            "max_overflow": self.pool_overflow,
            "pool_timeout": self.pool_wait,
            "pool_recycle": self.pool_lifetime,
            "connect_args": {
                "timeout": self.connect_timeout,
                "command_timeout": None if is_patient else self.statement_timeout + self.answer_grace,
                "server_settings": {"application_name": application, **server},
            },
        }
