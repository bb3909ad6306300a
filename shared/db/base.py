"""The declarative base of a subgraph's tables and the columns that most of them share."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, MetaData, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column
from sqlalchemy.orm.interfaces import MapperProperty
from sqlalchemy.types import JSON

from entrepot.shared.db.types import UtcDateTime

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Constraints are named, so that a migration can change them on every database."""

ID_LENGTH = 48


class TableDefaults:
    """What a subgraph's `Base` is made of: `class Base(TableDefaults, DeclarativeBase): metadata = new_metadata()`."""

    type_annotation_map: ClassVar = {
        str: String(255),
        int: BigInteger,
        datetime: UtcDateTime,
        dict: JSON,
        list: JSON,
    }


class Versioned:
    """An optimistic version: an update of a row that somebody else changed matches nothing and raises."""

    version: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, MapperProperty[int]]:  # noqa: N805 - a declared attribute receives the class
        return {"version_id_col": cls.version}  # type: ignore[dict-item]  # SQLAlchemy takes the mapped attribute here


class TimestampMixin:
    """When a row was made and last changed; the service sets both from the clock."""

    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


def new_metadata() -> MetaData:
    """An empty MetaData with our names for constraints."""
    return MetaData(naming_convention=NAMING)
