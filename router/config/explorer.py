"""The section of the explorer: its login, its tabs and the queries that fill in their variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoUser:
    """A login that the explorer offers at one click; for demonstrations only."""

    label: str
    email: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginConfig:
    """A mutation with `$email` and `$password`, and the path of the access token below `data` of its response."""

    document: str
    token_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultTab:
    """A tab that the explorer opens with. `requires_login` sends nothing for a guest and says to log in first.

    A string in `variables` may be an expression, filled in when the tab is run, with a note of what was filled in.
    `"{{ CreateCart.createCart.cart.id }}"` reads the last response to the operation `CreateCart`, below its `data`;
    `[0]` is an element of a list, `[*]` every element, `[?availability.isInStock]` those with a value at that path
    that is not null, false, 0 or empty; the first value found is taken. `"{{ uuid() }}"` is a new UUID for each run,
    for idempotency keys. `|` separates alternatives, tried from left to right. When no alternative has a value, nothing
    is sent, and the explorer says which tab to run first. An operation must belong to a tab or to one of `lookups`.
    """

    name: str
    query: str
    variables: str | Mapping[str, Any] = ""
    requires_login: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplorerLookup:
    """A named query without variables that the explorer sends by itself, just before a tab whose variables name it.

    `provided_by` is the operation of the tab to run first when the lookup finds nothing.
    """

    document: str
    provided_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplorerConfig:
    """The page that a browser gets at the endpoint."""

    enabled: bool = True
    title: str = "GraphQL explorer"
    demo_users: tuple[DemoUser, ...] = ()
    login: LoginConfig | None = None
    default_tabs: tuple[DefaultTab, ...] = ()
    lookups: tuple[ExplorerLookup, ...] = ()
