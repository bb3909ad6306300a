"""Types whose objects are made from rows: each field is read from the column of its name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import Any, Final, TypeVar, cast, dataclass_transform

import strawberry
from strawberry.types.base import StrawberryObjectDefinition, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

from entrepot.shared.graphql.scalars import CurrencyCode, Long
from entrepot.shared.graphql.types import Money

T = TypeVar("T")

_DERIVED: Final = "entrepot:derived"
_OTHER: Final = "OTHER"
_BUILD: Final = "__entrepot_build__"


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field, strawberry.federation.field))
def row_type(cls: type[T] | None = None, **options: Any) -> Any:
    """Declare a type of the graph whose objects are made from rows, by `read_row`.

    A field without a resolver, and a `strawberry.Private` one, is read from the row's attribute of its name; what
    `derived` declares is computed from the row. An enum is made from its value: a value that it does not know is its
    member OTHER, if it has one. `options` are those of `strawberry.federation.type`.
    """
    if cls is None:
        return partial(row_type, **options)
    setattr(cls, _BUILD, None)
    declare: Any = strawberry.federation.type
    return declare(cls, **options)


def is_row_type(type_: Any) -> bool:
    """Whether it was declared by `row_type` or `entity`."""
    return isinstance(type_, type) and _BUILD in type_.__dict__


def derived(read: Callable[[Any], Any], **options: Any) -> Any:
    """Declare a field that is computed from the row.

    `name: str = derived(lambda row: row.name.title())`; `options` are those of `strawberry.federation.field`.
    """
    metadata = {**options.pop("metadata", {}), _DERIVED: read}
    declare: Any = strawberry.federation.field
    return declare(metadata=metadata, **options)


def derived_private(read: Callable[[Any], Any]) -> Any:
    """Declare a `strawberry.Private` attribute that is computed from the row, as `derived` does for a field."""
    return dataclasses.field(metadata={_DERIVED: read})


def money(minor_units: str, currency: str = "currency", **options: Any) -> Any:
    """Declare an amount that two columns hold, the minor units and the currency.

    `price: Money | None = money("price_minor_units")` is null where that column is; `options` are those of
    `strawberry.federation.field`.
    """

    def read(row: Any) -> Money | None:
        amount = getattr(row, minor_units)
        if amount is None:
            return None
        return Money(minor_units=Long(amount), currency=CurrencyCode(getattr(row, currency)))

    return derived(read, **options)


def read_row(cls: type[T], row: Any) -> T:
    """The object of a row: of a SQLAlchemy Core row, an ORM entity, or anything with the columns as attributes.

    Raises AttributeError for a row without a column that the type reads.
    """
    build: Callable[[Any], T] | None = getattr(cls, _BUILD)
    if build is None:
        # Not when the class is declared: its annotations may name classes that come later.
        build = _generate_build(cls)
        setattr(cls, _BUILD, staticmethod(build))
    return build(row)


def _generate_build(cls: type[T]) -> Callable[[Any], T]:
    definition: StrawberryObjectDefinition = cls.__strawberry_definition__  # type: ignore[attr-defined]
    fields = {field.python_name: field for field in definition.fields}
    values: dict[str, Any] = {"cls": cls}
    arguments = [
        f"{field.name}={_read_expression(field, fields.get(field.name), values)}"
        for field in dataclasses.fields(cls)  # type: ignore[arg-type]  # a Strawberry type is a dataclass
        if field.init
    ]
    source = f"def build(row):\n    return cls({', '.join(arguments)})"
    exec(source, values)  # noqa: S102 - made of the names of the class's own fields
    build: Callable[[Any], T] = values["build"]
    return build


def _read_expression(field: dataclasses.Field[Any], declared: StrawberryField | None, values: dict[str, Any]) -> str:
    """How the field is read from `row`; `values` are the names that the expression may use."""
    column = f"row.{field.name}"
    read = field.metadata.get(_DERIVED)
    if read is not None:
        values[f"read_{field.name}"] = read
        return f"read_{field.name}(row)"
    members = None if declared is None else _members_of(declared)
    if members is None:
        return column
    # The column may hold the member or its plain value; a table is quicker than the enum's constructor.
    values[f"members_{field.name}"] = {None: None} | {
        key: member for member in members for key in (member, member.value)
    }
    other = members.__members__.get(_OTHER)
    if other is None:
        return f"members_{field.name}[{column}]"
    values[f"other_{field.name}"] = other
    return f"members_{field.name}.get({column}, other_{field.name})"


def _members_of(declared: StrawberryField) -> type[Enum] | None:
    type_ = declared.type
    if isinstance(type_, StrawberryOptional):
        type_ = type_.of_type
    members: Any = type_.wrapped_cls if isinstance(type_, StrawberryEnumDefinition) else None
    return cast("type[Enum] | None", members)
