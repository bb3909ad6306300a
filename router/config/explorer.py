"""The explorer, and the exposure of query plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoUser:
    """A login that the explorer offers with one click, for demonstrations only."""

    label: str
    """The text of the button."""
    email: str
    """The value of `$email`."""
    password: str
    """The value of `$password`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginConfig:
    """How the explorer logs in."""

    document: str
    """A mutation with the variables `$email` and `$password`."""
    token_path: str
    """The path of the access token below `data`, separated by dots."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultTab:
    """A tab that the explorer opens with.

    A string in `variables` may be an expression, filled in when the tab is run, with a note of what was filled in.
    `"{{ CreateCart.createCart.cart.id }}"` reads the last response to the operation `CreateCart`, below its `data`;
    `[0]` is an element of a list, `[*]` every element, `[?availability.isInStock]` those with a value at that path
    that is not null, false, 0 or empty; the first value found is taken. `"{{ uuid() }}"` is a new UUID for each run,
    for idempotency keys. `|` separates alternatives, tried from left to right. When no alternative has a value, nothing
    is sent, and the explorer says which tab to run first. An operation must belong to a tab or to one of `lookups`.
    """

    name: str
    """The title of the tab."""
    query: str
    """The document."""
    variables: str | Mapping[str, Any] = ""
    """The variables, as JSON text or as a mapping; strings may be expressions."""
    requires_login: bool = False
    """Whether a guest is asked to log in first, instead of sending the operation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplorerLookup:
    """A query without variables that the explorer sends by itself, just before a tab whose variables name it."""

    document: str
    """The query; it has a name."""
    provided_by: str
    """The operation of the tab to run first when the lookup finds nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplorerConfig:
    """The explorer (GraphiQL): the page that a browser gets at the endpoint."""

    enabled: bool = True
    """Whether the page is served."""
    title: str = "GraphQL explorer"
    """The title of the page."""
    demo_users: tuple[DemoUser, ...] = ()
    """Logins offered with one click."""
    login: LoginConfig | None = None
    """How the explorer logs in; null: no login form."""
    default_tabs: tuple[DefaultTab, ...] = ()
    """The tabs of a first visit."""
    lookups: tuple[ExplorerLookup, ...] = ()
    """Queries that the explorer sends by itself, to fill in variables of tabs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryPlanConfig:
    """Exposure of query plans in responses."""

    expose: Literal["off", "on", "scopes"] = "off"
    """Who may see query plans: nobody, everybody, or callers with `scopes`."""
    scopes: tuple[tuple[str, ...], ...] = ()
    """Alternatives of scopes for `expose: scopes`; a caller needs all scopes of one alternative."""
