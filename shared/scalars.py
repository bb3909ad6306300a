"""Names for values that the graph has scalars of its own for, as commands and rows of all domains use them."""

from __future__ import annotations

from typing import NewType

Id = NewType("Id", str)
"""The id of an object: `ID` in the graph."""

Long = NewType("Long", int)
"""A whole number of 64 bits: `Long` in the graph."""

CurrencyCode = NewType("CurrencyCode", str)
"""A currency of ISO 4217: `CurrencyCode` in the graph."""
