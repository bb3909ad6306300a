"""Errors: stable codes, safe messages, and the tree that the docstring draws."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import entrepot.shared.errors
from entrepot.shared.errors import EntrepotError, NotFound, PublicError, RateLimited, Unavailable


def tree(cls: type[EntrepotError]) -> Iterator[type[EntrepotError]]:
    yield cls
    for child in cls.__subclasses__():
        if child.__module__ == entrepot.shared.errors.__name__:
            yield from tree(child)


def test_docstring_draws_every_class_with_its_code_and_status() -> None:
    drawn = entrepot.shared.errors.__doc__ or ""
    for cls in tree(EntrepotError):
        assert re.search(rf"\b{cls.__name__}\b", drawn)
    for name, code, status in re.findall(r"(\w+) +([A-Z_]+) +(\d{3})$", drawn, re.MULTILINE):
        cls = getattr(entrepot.shared.errors, name)
        assert (cls.code, cls.status) == (code, int(status))


def test_statuses_tell_whose_fault_it_is() -> None:
    for cls in tree(EntrepotError):
        assert (cls.status < 500 or cls is Unavailable) is issubclass(cls, PublicError)


def test_messages_say_what_to_do() -> None:
    assert NotFound("order", "ord_1").message == "There is no order 'ord_1' that you can see. Check the id."
    assert "Try again in 1 s" in RateLimited(0.2).message
    assert "Try again in 3 s" in RateLimited(2.1).message
    assert "inf" not in RateLimited(math.inf).message
