"""The picture of the ratios: `python -m benchmarks.shop.picture REPORT SVG` draws it from a report's line of JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.shop.cases import ADD, CHECKOUT, LIST, SEARCH, SLUG

_TITLES: Final = {
    LIST: "20 products, variants, price, stock",
    SLUG: "product by slug",
    SEARCH: "search",
    ADD: "add item, new session",
    CHECKOUT: "whole checkout",
}
_WIDTH, _BAR, _LEFT, _TOP, _RIGHT = 720, 22, 250, 58, 130


def draw_picture(report: Mapping[str, Any]) -> str:
    """Bars of how many operations a second ours does for each one of Vendure, as SVG."""
    ratios: Mapping[str, float] = report["ratios"]
    rates: Mapping[str, float] = report["operations_per_second"]
    most = max([1.0, *ratios.values()])
    parts, y = [], _TOP
    for case in (case for case in _TITLES if case in ratios):
        for name, ratio in (("entrepot", ratios[case]), ("vendure", 1.0)):
            width = max(1, round((_WIDTH - _LEFT - _RIGHT) * ratio / most))
            kind = "ours" if name == "entrepot" else "other"
            label = f"{rates[f'{case}.{name}']:,.0f}/s" + (f", {ratio:.1f} times" if kind == "ours" else " Vendure")
            if kind == "ours":
                parts.append(f'<text x="{_LEFT - 10}" y="{y + _BAR}" text-anchor="end">{_TITLES[case]}</text>')
            parts.append(f'<rect x="{_LEFT}" y="{y}" width="{width}" height="{_BAR - 4}" rx="3" class="{kind}"/>')
            parts.append(f'<text x="{_LEFT + width + 8}" y="{y + 14}">{label}</text>')
            y += _BAR
        y += 12
    style = (
        "text{font:13px system-ui,sans-serif;fill:#334155}.title{font-weight:600;font-size:15px;fill:#0f172a}"
        ".ours{fill:#4f46e5}.other{fill:#cbd5e1}"
    )
    title = "Operations a second of a shop on one core, Entrepot and Vendure"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}" role="img" aria-label="{title}">'
        f'<style>{style}</style><rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="16" y="26" class="title">{title}</text>{"".join(parts)}</svg>\n'
    )


def _main(arguments: Sequence[str]) -> None:
    report, picture = arguments
    line = Path(report).read_text(encoding="utf-8").strip().rpartition("\n")[2]
    Path(picture).write_text(draw_picture(json.loads(line)), encoding="utf-8")


if __name__ == "__main__":
    _main(sys.argv[1:])
