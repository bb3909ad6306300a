"""Colours by name, mixed and shaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

NAMED: Final[Mapping[str, str]] = {
    "Apple": "#9db668",
    "Black": "#33363b",
    "Brass": "#c9a24b",
    "Cedar": "#a4674a",
    "Charcoal": "#4b4f57",
    "Clear": "#cfe3ea",
    "Copper": "#c07a4f",
    "Cream": "#f0e4cb",
    "Forest": "#48694f",
    "Honey": "#e0a93c",
    "Juniper": "#5d7f86",
    "Leather": "#8b5e3c",
    "Navy": "#2f4468",
    "Oak": "#c99c66",
    "Ochre": "#d69a35",
    "Pear": "#c3bd5a",
    "Plum": "#7a4a6b",
    "Red": "#bd4438",
    "Rose": "#d9929a",
    "Sand": "#d9c2a0",
    "Sea": "#5b9aa6",
    "Slate": "#6d7a86",
    "Smoke": "#98a1a6",
    "Steel": "#b9c2c9",
    "Terracotta": "#c46e4c",
    "Walnut": "#80553a",
    "White": "#f7f4ee",
}
"""The colours that variants are named after."""


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a department: grounds to stand on, and main colours for what has none of its own."""

    grounds: tuple[str, ...]
    mains: tuple[str, ...]
    accent: str


PALETTES: Final[Mapping[str, Palette]] = {
    "coffee": Palette(
        ("#f1e4d6", "#ecdfd2", "#f4e8d8"), ("#5c3d2e", "#8a4b32", "#2f4a4e", "#a8643a", "#6b2f2a"), "#e0a458"
    ),
    "tea": Palette(
        ("#e4ecdc", "#e9eedd", "#dfe9e1"), ("#3f6b4f", "#7d8f3f", "#b5533c", "#2f5d62", "#c9963c"), "#e8c468"
    ),
    "kitchen": Palette(
        ("#f6e9d5", "#f3e5dc", "#eceada"), ("#c4583f", "#3d5a6c", "#6f7f4f", "#d08c3f", "#7a3e48"), "#f0c27b"
    ),
    "home": Palette(
        ("#ebe5ef", "#efe7e2", "#e4e8ee"), ("#7c6a8e", "#c58a7a", "#5f7f86", "#b89a5e", "#8c5a6b"), "#f2cf8d"
    ),
    "outdoor": Palette(
        ("#dfeaee", "#e3ebdf", "#e8e6dc"), ("#2f5d62", "#c9743a", "#4d6b3c", "#3a4f7a", "#b54a3e"), "#f0b84f"
    ),
    "stationery": Palette(
        ("#f4ecd9", "#e8ebf0", "#f3e6e0"), ("#34507a", "#b5473f", "#3f6b5c", "#c9923c", "#5b4a78"), "#e9c46a"
    ),
    "clothing": Palette(
        ("#f0e3e2", "#e5e7ee", "#ece8dc"), ("#2f4468", "#a8503f", "#4f6b55", "#c99a4a", "#6b4a63"), "#f1d6a8"
    ),
}

WHITE: Final = "#ffffff"
BLACK: Final = "#1d1b1a"


def mix(first: str, second: str, share: float) -> str:
    """The first colour with that share of the second one in it."""
    pairs = zip(_channels(first), _channels(second), strict=True)
    return "#" + "".join(f"{round(one + (other - one) * share):02x}" for one, other in pairs)


def is_light(colour: str, least: float = 150) -> bool:
    """Whether dark writing is read better on it; `least` is a brightness up to 255."""
    red, green, blue = _channels(colour)
    return red * 0.299 + green * 0.587 + blue * 0.114 > least


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[start : start + 2], 16) for start in (1, 3, 5))
