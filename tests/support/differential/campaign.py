"""Many operations over many splits: compared, counted, and what differs made small."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.support.differential.features import FEATURES, count_waves, read_features
from tests.support.differential.federation import Difference, Federation, NotComposable
from tests.support.differential.operations import Operation, random_operation
from tests.support.differential.random_split import build_split
from tests.support.differential.shrink import shrink_operation


@dataclass
class Tally:
    """What a campaign did; `deep` counts the plans of three waves and more."""

    seeds: list[int] = field(default_factory=list)
    operations: int = 0
    splits: int = 0
    discarded: int = 0
    deep: int = 0
    features: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        self.seeds += other.seeds
        self.operations += other.operations
        self.splits += other.splits
        self.discarded += other.discarded
        self.deep += other.deep
        self.features += other.features

    def to_record(self) -> dict[str, Any]:
        """The tally in plain values, for `from_record`."""
        return {**vars(self), "features": dict(self.features)}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Tally:
        return cls(**{**record, "features": Counter(record["features"])})

    def __str__(self) -> str:
        share = 100 * self.deep / max(1, self.operations)
        lines = [f"{name:<28} {self.features[name]:>6}" for name in FEATURES]
        head = f"{self.operations} operations over {self.splits} supergraphs ({self.discarded} discarded)"
        return "\n".join([head, f"seeds {_print_seeds(self.seeds)}", f"three waves or more: {share:.1f} %", *lines])


def _print_seeds(seeds: Iterable[int]) -> str:
    """The seeds with those that follow each other as ranges."""
    ranges: list[list[int]] = []
    for seed in sorted(seeds):
        if ranges and seed == ranges[-1][1] + 1:
            ranges[-1][1] = seed
        else:
            ranges.append([seed, seed])
    return ", ".join(f"{first}-{last}" if first < last else str(first) for first, last in ranges)


async def run_seed(seed: int, count: int, tally: Tally) -> Difference | None:
    """Runs a seed's operations; the first difference, made small, ends it."""
    tally.seeds.append(seed)
    try:
        federation = Federation(build_split(seed))
    except NotComposable:
        tally.discarded += 1
        return None
    tally.splits += 1
    random = Random(seed)
    for _ in range(count):
        operation = random_operation(federation.whole, random)
        comparison = await federation.compare(operation)
        if comparison.difference is not None:
            return await shrink_difference(federation, comparison.difference)
        assert comparison.plan is not None
        tally.operations += 1
        tally.deep += count_waves(comparison.plan.root) >= 3
        tally.features.update(read_features(federation, operation, comparison))
    return None


async def shrink_difference(federation: Federation, difference: Difference) -> Difference:
    """The same difference by the smallest operation found."""

    async def fails(operation: Operation) -> bool:
        return (await federation.compare(operation)).difference is not None

    small = await shrink_operation(federation.whole, difference.operation, fails)
    return (await federation.compare(small)).difference or difference


async def find_differences(federations: Iterable[Federation], count: int) -> AsyncGenerator[Difference | None, None]:
    """Each operation's difference, or None, over federations built before."""
    for federation in federations:
        random = Random(federation.split.seed)
        for _ in range(count):
            yield (await federation.compare(random_operation(federation.whole, random))).difference
