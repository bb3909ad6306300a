"""What can be drawn, by name."""

from collections.abc import Callable, Mapping
from typing import Final

from entrepot.demo.pictures.look import Look
from entrepot.demo.pictures.motifs import desk, kitchen, packages, rooms, table, trail, wardrobe

Motif = Callable[[Look], str]

MOTIFS: Final[Mapping[str, Motif]] = {
    **packages.MOTIFS,
    **table.MOTIFS,
    **kitchen.MOTIFS,
    **rooms.MOTIFS,
    **trail.MOTIFS,
    **desk.MOTIFS,
    **wardrobe.MOTIFS,
}
