"""A configuration as it holds: YAML with every default, each section explained, and no secret in it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from textwrap import wrap
from typing import Any, Final

import yaml

from entrepot.router.config.model import RouterConfig

MASK: Final = "********"
_WIDTH: Final = 100
_INDENT: Final = "  "
# What would let its reader in, or is a value that somebody chose for a header.
_SECRET: Final = re.compile(r"(password|secret|token|credential|private_key)s?$")
_SECRET_MAPPINGS: Final = ("tracing.headers", "headers[].insert")
_URL_LOGIN: Final = re.compile(r"(?<=://)[^/@\s]+(?=@)")


def print_config(config: RouterConfig) -> str:
    """The configuration as a file that means the same, apart from secrets, which are masked."""
    return "\n".join(["# The configuration of this router, defaults included.", *_print_fields(config, "", "")]) + "\n"


def _print_fields(section: Any, where: str, indent: str) -> Iterator[str]:
    for field in dataclasses.fields(section):
        value = getattr(section, field.name)
        place = f"{where}.{field.name}" if where else field.name
        if dataclasses.is_dataclass(value):
            yield from _explain(value, indent)
            yield f"{indent}{field.name}:"
            yield from _print_fields(value, place, indent + _INDENT)
        else:
            yield from _print_value(field.name, _simplify(value, place), indent)


def _explain(section: Any, indent: str) -> Iterator[str]:
    yield ""
    for paragraph in read_paragraphs(type(section)):
        yield from (f"{indent}# {line}" for line in wrap(paragraph, _WIDTH - len(indent)))


def _print_value(name: str, value: Any, indent: str) -> Iterator[str]:
    text = yaml.safe_dump({name: value}, sort_keys=False, allow_unicode=True, width=_WIDTH)
    yield from (f"{indent}{line}" for line in text.splitlines())


def _simplify(value: Any, place: str) -> Any:
    """The value as YAML has it, without secrets."""
    if dataclasses.is_dataclass(value):
        return {
            field.name: _simplify(getattr(value, field.name), f"{place}.{field.name}")
            for field in dataclasses.fields(value)
        }
    if isinstance(value, Mapping):
        is_secret = place.endswith(_SECRET_MAPPINGS)
        return {key: MASK if is_secret else _simplify(item, f"{place}.{key}") for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_simplify(item, f"{place}[]") for item in value]
    name = place.rpartition(".")[2]
    if isinstance(value, str) and _SECRET.search(name):
        return MASK
    if isinstance(value, str):
        return _URL_LOGIN.sub(MASK, value)
    return value.isoformat() if isinstance(value, datetime) else value


def read_paragraphs(section: type) -> list[str]:
    """The paragraphs of a section's docstring, each on one line."""
    return [" ".join(part.split()) for part in (section.__doc__ or "").split("\n\n") if part.strip()]
