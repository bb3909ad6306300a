"""Draws the picture of a product or a category, by the name that its address has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final
from zlib import crc32

from entrepot.demo.catalogue import Category, Item, read_categories, read_items
from entrepot.demo.pictures.colours import BLACK, NAMED, PALETTES, WHITE, is_light, mix
from entrepot.demo.pictures.look import PATTERNS, Look
from entrepot.demo.pictures.motifs import MOTIFS

CATEGORY_PREFIX: Final = "category-"
_PLAIN: Final = ("White", "Clear", "Steel", "Brass", "Smoke", "Copper")
"""Colours of a surface that takes no pattern."""
_PATTERN_OF_NAME: Final = {"breton": "hoops", "regatta": "stripes", "striped": "hoops", "waffle": "check"}
_MAX_LABEL: Final = 16
_VERY_LIGHT: Final = 225
_SKIPPED: Final = frozenset({"and", "of", "the"})

_TILES: Final[Mapping[str, tuple[int, str]]] = {
    "stripes": (24, '<path d="M6 0v24" stroke="{0}" stroke-width="8"/>'),
    "hoops": (26, '<path d="M0 8h26" stroke="{0}" stroke-width="9"/>'),
    "dots": (26, '<circle cx="7" cy="7" r="4" fill="{0}"/><circle cx="20" cy="20" r="4" fill="{0}"/>'),
    "check": (30, '<path d="M0 8h30M8 0v30" stroke="{0}" stroke-width="7"/>'),
    "waves": (32, '<path d="M0 12q8-10 16 0t16 0M0 28q8-10 16 0t16 0" fill="none" stroke="{0}" stroke-width="4"/>'),
    "chevrons": (28, '<path d="M0 20l14-12 14 12" fill="none" stroke="{0}" stroke-width="6"/>'),
}


def draw_picture(name: str) -> str | None:
    """The SVG of that name, None where there is none: always the same text for the same name."""
    subject = _list_subjects().get(name)
    if subject is None:
        return None
    return _draw(subject.motif, _choose_look(name, subject))


def list_pictures() -> tuple[str, ...]:
    """The names of all pictures."""
    return tuple(_list_subjects())


@cache
def _list_subjects() -> Mapping[str, Item | Category]:
    categories = ((f"{CATEGORY_PREFIX}{category.slug}", category) for category in read_categories())
    items = ((item.slug, item) for item in read_items())
    return {**dict(items), **dict(categories)}


def _choose_look(name: str, subject: Item | Category) -> Look:
    chance = crc32(name.encode())
    palette = PALETTES[subject.department]
    colour = _find_colour(subject) if isinstance(subject, Item) else ""
    main = NAMED.get(colour) or palette.mains[chance % len(palette.mains)]
    pattern = PATTERNS[chance // 11 % len(PATTERNS)]
    for word, wanted in _PATTERN_OF_NAME.items():
        if word in name:
            pattern = wanted
    return Look(
        main=main,
        accent=palette.accent if main != palette.accent else mix(main, BLACK, 0.4),
        # A little of the main colour, so that no two pictures are the same.
        ground=mix(palette.grounds[chance // 3 % len(palette.grounds)], main, chance % 997 / 15000),
        pattern="plain" if colour in _PLAIN else pattern,
        label=_shorten(subject.name),
        chance=chance,
    )


def _find_colour(item: Item) -> str:
    attributes = item.offers[0].attributes
    return next((attributes[key] for key in ("colour", "scent", "handle") if key in attributes), "")


def _shorten(name: str) -> str:
    """As many words of the name as a label holds, at least one."""
    label = ""
    for word in name.split():
        longer = f"{label} {word}".strip()
        if label and (len(longer) > _MAX_LABEL or label.count(" ")):
            break
        label = longer
    while label.rsplit(" ", 1)[-1].lower() in _SKIPPED:
        label = label.rsplit(" ", 1)[0]
    return label


def _draw(motif: str, look: Look) -> str:
    drawing = MOTIFS[motif](look)
    if look.pattern not in _TILES:
        drawing = drawing.replace('fill="url(#p)"', 'fill="none"')
    # What is white would not be seen on a white ground.
    halo = mix(look.ground, look.accent, 0.4) if is_light(look.main, _VERY_LIGHT) else mix(look.ground, WHITE, 0.5)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400">'
        + "".join(_define(look, drawing))
        + f'<path d="M0 0h400v400H0z" fill="{look.ground}"/>'
        + f'<circle cx="200" cy="196" r="164" fill="{halo}"/>'
        + f'<ellipse cx="200" cy="343" rx="138" ry="12" fill="{mix(look.ground, BLACK, 0.22)}"/>'
        + f'<g transform="translate(-20 -22)scale(1.1)">{drawing}</g></svg>'
    )


def _define(look: Look, drawing: str) -> Iterator[str]:
    """The gradient and the pattern that the drawing uses."""
    yield "<defs>"
    if "url(#s)" in drawing:
        yield (
            '<linearGradient id="s"><stop stop-color="#fff" stop-opacity=".22"/>'
            '<stop offset=".45" stop-color="#fff" stop-opacity="0"/>'
            '<stop offset="1" stop-opacity=".2"/></linearGradient>'
        )
    if "url(#p)" in drawing:
        size, tile = _TILES[look.pattern]
        colour = mix(look.main, BLACK, 0.16) if is_light(look.main) else mix(look.main, WHITE, 0.22)
        yield f'<pattern id="p" width="{size}" height="{size}" patternUnits="userSpaceOnUse">'
        yield f"{tile.format(colour)}</pattern>"
    yield "</defs>"
