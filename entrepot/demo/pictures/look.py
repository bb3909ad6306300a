"""What sets one picture apart from another of its motif: colours, pattern, label, and a number to choose by."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Final, TypeVar

from entrepot.demo.pictures.colours import BLACK, WHITE, is_light, mix

T = TypeVar("T")

PATTERNS: Final = ("plain", "stripes", "hoops", "dots", "check", "waves", "chevrons")
_WIDE: Final = 0.56
"""The width of a letter for each unit of the font's size."""
_LARGEST: Final = 30.0
_SHORT: Final = 9
"""The most letters that are not spread over two lines."""


@dataclass(frozen=True, slots=True)
class Look:
    """Colours and shapes of one picture; motifs are drawn on 400 by 400 and stand at 330."""

    main: str
    accent: str
    ground: str
    pattern: str
    label: str
    chance: int

    @property
    def dark(self) -> str:
        return mix(self.main, BLACK, 0.35)

    @property
    def light(self) -> str:
        return mix(self.main, WHITE, 0.45)

    @property
    def is_pale(self) -> bool:
        """Whether the main colour is no ground for light writing."""
        return is_light(self.main)

    @property
    def paper(self) -> str:
        return mix("#fbf6ea", self.main, 0.06)

    @property
    def ink(self) -> str:
        return mix(self.main, BLACK, 0.55 if is_light(self.main) else 0.25)

    def pick(self, *choices: T) -> T:
        """One of the choices, always the same one for this picture."""
        return choices[self.chance // 7 % len(choices)]

    def body(self, outline: str, *, colour: str | None = None, patterned: bool = True) -> str:
        """A closed path in the main colour, or another one, with the pattern and the light from the left."""
        layers = [f'<path d="{outline}" fill="{colour or self.main}"/>']
        if patterned and self.pattern != "plain":
            layers.append(f'<path d="{outline}" fill="url(#p)"/>')
        layers.append(f'<path d="{outline}" fill="url(#s)"/>')
        return "".join(layers)

    def write(self, x: float, y: float, width: float, *, colour: str | None = None, lines: int = 2) -> str:
        """The label's words around that middle, on as many lines at most as wide as that."""
        parts = self.label.split() if lines > 1 and len(self.label) > _SHORT else [self.label]
        largest = _LARGEST / len(parts) ** 0.3
        size = min(largest, width / (max(map(len, parts)) * _WIDE))
        style = f'text-anchor="middle" font-family="Georgia,serif" font-weight="700" fill="{colour or self.ink}"'
        first = y + size * (0.35 - (len(parts) - 1) * 0.55)
        spans = (
            f'<tspan x="{x:g}" y="{first + number * size * 1.1:.4g}">{escape(part)}</tspan>'
            for number, part in enumerate(parts)
        )
        return f'<text font-size="{size:.3g}" {style}>{"".join(spans)}</text>'

    def tag(self, x: float, y: float, width: float, height: float) -> str:
        """A paper label with a line, the words, and a line; its middle is at the point."""
        left, top = x - width / 2, y - height / 2
        rule = f'stroke="{self.accent}" stroke-width="3"'
        return (
            f'<rect x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}" rx="4" fill="{self.paper}"/>'
            f'<path d="M{left + 12:g} {top + 9:g}H{left + width - 12:g}M{left + 12:g} {top + height - 9:g}'
            f'H{left + width - 12:g}" {rule}/>' + self.write(x, y, width - 20)
        )
