"""Commands as input types: each dataclass that a command is made of is an input, and is read back from it."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints

import strawberry

from entrepot.shared import money
from entrepot.shared.graphql.docstrings import read_class_docstring, read_member_docstring
from entrepot.shared.graphql.types import MoneyInput
from entrepot.shared.scalars import Id

KEY: Final = "idempotency_key"

Read = Callable[[Any], Any]


@dataclasses.dataclass(frozen=True, slots=True)
class InputType:
    """An input type, and how an object of it becomes one of the domain; `is_optional`: nothing in it is required."""

    graphql: Any
    read: Read
    is_optional: bool = False


_KNOWN: Final[dict[Any, InputType]] = {money.Money: InputType(MoneyInput, MoneyInput.to_money)}
"""Input types that are written by hand, by the type of the domain."""


@cache
def build_input(domain: type, *, is_command: bool = False, has_key: bool = False) -> InputType:
    """The input type of a dataclass, called `<its name>Input`; with an idempotency key as its last field if wished.

    The docstring of the dataclass describes the input, that of a command the mutation.
    """
    if domain in _KNOWN:
        return _KNOWN[domain]
    hints = get_type_hints(domain, include_extras=True)
    annotations: dict[str, Any] = {}
    namespace: dict[str, Any] = {"__annotations__": annotations, "__module__": domain.__module__}
    reads: list[tuple[str, Read | None]] = []
    fields = dataclasses.fields(domain)
    for field in fields:
        annotations[field.name], read = _translate(hints[field.name])
        reads.append((field.name, read))
        namespace[field.name] = strawberry.field(
            description=read_member_docstring(domain, field.name), **_default_of(field)
        )
        # A secret: neither the command nor its input is to print it.
        namespace[field.name].repr = field.repr
    if has_key:
        annotations[KEY] = str
    name = f"{domain.__name__}Input"
    graphql = strawberry.input(
        type(name, (), namespace), name=name, description=None if is_command else read_class_docstring(domain)
    )
    is_optional = not has_key and bool(fields) and all(map(_default_of, fields))
    return InputType(graphql, _reader(domain, tuple(reads)), is_optional)


def _reader(domain: type, reads: tuple[tuple[str, Read | None], ...]) -> Read:
    def read(given: Any) -> Any:
        values = {name: getattr(given, name) for name, _ in reads}
        for name, convert in reads:
            if convert is not None and values[name] is not None:
                values[name] = convert(values[name])
        return domain(**values)

    return read


def _translate(hint: Any) -> tuple[Any, Read | None]:
    """The annotation for Strawberry, and what makes the domain's value of Strawberry's where they differ."""
    if hint is Id:
        return strawberry.ID, None
    if isinstance(hint, type) and (hint in _KNOWN or dataclasses.is_dataclass(hint)):
        nested = build_input(hint)
        return nested.graphql, nested.read
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        inner, read = _translate(arguments[0])
        return Annotated[(inner, *arguments[1:])], read
    if origin in (types.UnionType, Union):
        (present,) = (argument for argument in arguments if argument is not types.NoneType)
        inner, read = _translate(present)
        return inner | None if isinstance(inner, type) else Union[inner, None], read  # noqa: UP007 - of a run-time value
    if origin in (list, tuple):
        inner, read = _translate(arguments[0])
        convert = origin if read is None else (lambda items: origin(map(read, items)))
        return list[inner], None if read is None and origin is list else convert  # type: ignore[valid-type]
    return hint, None


def _default_of(field: dataclasses.Field[Any]) -> dict[str, Any]:
    if field.default is not dataclasses.MISSING:
        return {"default": field.default}
    if field.default_factory is not dataclasses.MISSING:
        return {"default_factory": field.default_factory}
    return {}
