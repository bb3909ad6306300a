"""Tables of accounts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from entrepot.shared.db import ID_LENGTH, TableDefaults, TimestampMixin, new_metadata
from entrepot.subgraphs.accounts.emails import MAX_EMAIL_LENGTH
from entrepot.subgraphs.accounts.states import RevocationReason, SessionStatus

HASH_LENGTH = 64


class Base(TableDefaults, DeclarativeBase):
    """Tables of this subgraph's database."""

    metadata = new_metadata()


class User(TimestampMixin, Base):
    """A person with an account; the email address is stored normalized, the password as an argon2id hash."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    email: Mapped[str] = mapped_column(String(MAX_EMAIL_LENGTH), unique=True)
    name: Mapped[str]
    password_hash: Mapped[str] = mapped_column(Text)


class RoleGrant(Base):
    """That a user has a role; `granted_by` is the user who gave it, null for the system."""

    __tablename__ = "role_grants"
    __table_args__ = (Index("ix_role_grants_role", "role", "user_id"),)

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(32), primary_key=True)
    granted_by: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    granted_at: Mapped[datetime]


class Session(Base):
    """One login, and the family of refresh tokens that follow from it; its last one expires at `expires_at`."""

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_user", "user_id", "status"),)

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    status: Mapped[SessionStatus] = mapped_column(String(16))
    created_at: Mapped[datetime]
    refreshed_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(index=True)
    revocation_reason: Mapped[RevocationReason | None] = mapped_column(String(32))


class RefreshToken(Base):
    """A refresh token by its hash; good once, while it is not spent."""

    __tablename__ = "refresh_tokens"

    token_hash: Mapped[str] = mapped_column(String(HASH_LENGTH), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    spent_at: Mapped[datetime | None]
