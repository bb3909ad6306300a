"""Many operations over many splits: compared, counted, and what differs made small."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field
from random import Random

from tests.support.differential.features import FEATURES, count_waves, read_features
from tests.support.differential.federation import Difference, Federation, NotComposable
from tests.support.differential.operations import Operation, random_operation
from tests.support.differential.random_split import build_split
from tests.support.differential.shrink import shrink_operation


@dataclass
class Tally:
    """What a campaign did; `deep` counts the plans of three waves and more."""

    operations: int = 0
    splits: int = 0
    discarded: int = 0
    deep: int = 0
    features: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        self.operations += other.operations
        self.splits += other.splits
        self.discarded += other.discarded
        self.deep += other.deep
        self.features += other.features

    def __str__(self) -> str:
        share = 100 * self.deep / max(1, self.operations)
        lines = [f"{name:<24} {self.features[name]:>6}" for name in FEATURES]
        head = f"{self.operations} operations over {self.splits} supergraphs ({self.discarded} discarded)"
        return "\n".join([head, f"three waves or more: {share:.1f} %", *lines])


async def run_seed(seed: int, count: int, tally: Tally) -> Difference | None:
    """Runs a seed's operations; the first difference, made small, ends it."""
    try:
        federation = Federation(build_split(seed))
    except NotComposable:
        tally.discarded += 1
        return None
    tally.splits += 1
    random = Random(seed)
    for _ in range(count):
        operation = random_operation(federation.whole, random)
        plan, difference = await federation.compare(operation)
        if difference is not None:
            return await shrink_difference(federation, difference)
        assert plan is not None
        tally.operations += 1
        tally.deep += count_waves(plan.root) >= 3
        tally.features.update(read_features(federation.split, federation.whole, operation, plan))
    return None


async def shrink_difference(federation: Federation, difference: Difference) -> Difference:
    """The same difference by the smallest operation found."""

    async def fails(operation: Operation) -> bool:
        return (await federation.compare(operation))[1] is not None

    small = await shrink_operation(federation.whole, difference.operation, fails)
    return (await federation.compare(small))[1] or difference


async def find_differences(federations: Iterable[Federation], count: int) -> AsyncGenerator[Difference | None, None]:
    """Each operation's difference, or None, over federations built before."""
    for federation in federations:
        random = Random(federation.split.seed)
        for _ in range(count):
            yield (await federation.compare(random_operation(federation.whole, random)))[1]
