"""Descriptions: the most common one is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

from entrepot.router.composition.definitions import Element
from entrepot.router.composition.merge.state import MergeState, Source

T = TypeVar("T", bound=Element)


def merge_description(state: MergeState, sources: Sequence[Source[T]], target: Element, coordinate: str) -> None:
    """Give `target` the description most subgraphs agree on; the first of those that are equally common."""
    texts = [source.element.description for source in sources if source.element.description]
    if not texts:
        return
    counts = Counter(texts)
    target.description = counts.most_common(1)[0][0]
    if len(counts) > 1:
        message = f'The descriptions of "{coordinate}" differ between subgraphs; the most common one is used.'
        state.hint("INCONSISTENT_DESCRIPTION", message, coordinate)
