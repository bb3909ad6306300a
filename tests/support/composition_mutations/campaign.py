"""Mutated cases put to both composers, what differs, and the smallest subgraphs that still differ so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from entrepot.router.composition import SubgraphSchema, compose
from tests.support.composition_mutations.mutations import mutate
from tests.support.composition_mutations.reference import ReferenceComposer, Verdict
from tests.support.composition_mutations.source import Source

_SEED_SPACE = 2**32
_TRIALS = 400


@dataclass(frozen=True)
class Difference:
    """Subgraphs of which the composers say different things."""

    case: str
    subgraphs: tuple[SubgraphSchema, ...]
    ours: Verdict
    theirs: Verdict
    mutation: str = ""
    kind: tuple[object, ...] = field(default=(), compare=False)

    @property
    def missing(self) -> frozenset[str]:
        """Error codes that only the other composer gives."""
        return self.theirs.error_codes - self.ours.error_codes

    @property
    def extra(self) -> frozenset[str]:
        """Error codes that only ours gives."""
        return self.ours.error_codes - self.theirs.error_codes

    @property
    def text(self) -> str:
        """The SDL of all subgraphs."""
        return "\n".join(each.sdl for each in self.subgraphs)

    def __str__(self) -> str:
        lines = [f"mutation {self.mutation} of case {self.case}"]
        for title, verdict in (("ours", self.ours), ("theirs", self.theirs)):
            lines.append(f"{title}: {'composes' if verdict.composes else sorted(verdict.error_codes)}")
            lines += [f"    {message}" for message in (() if verdict.composes else verdict.messages)]
        for each in self.subgraphs:
            lines += [f"--- {each.name}", "\n".join(line for line in each.sdl.splitlines() if line.strip())]
        return "\n".join(lines)


@dataclass(frozen=True)
class Case:
    """One of the public composition cases."""

    id: str
    subgraphs: tuple[SubgraphSchema, ...]


def verdict_of(subgraphs: Sequence[SubgraphSchema]) -> Verdict:
    """What our composer says."""
    result = compose(subgraphs)
    return Verdict(
        error_codes=frozenset(error.code for error in result.errors),
        hint_codes=frozenset(hint.code for hint in result.hints),
        messages=tuple(map(str, result.errors or result.hints)),
        supergraph=result.supergraph_sdl,
    )


def mutations_of(cases: Sequence[Case], seed: str, count: int) -> Iterator[tuple[str, Case, list[SubgraphSchema]]]:
    """The mutations of a seed: each with the name by which it is made again, `<seed>:<number>`."""
    for number in range(count):
        yield mutation_of(cases, f"{seed}:{number}")


def mutation_of(cases: Sequence[Case], name: str) -> tuple[str, Case, list[SubgraphSchema]]:
    """One mutation by its name: a case after one to four changes."""
    random = Random(name)
    case = random.choice(cases)
    seeds = [random.randrange(_SEED_SPACE) for _ in range(random.choice([1, 1, 2, 2, 3, 4]))]
    return name, case, mutate(case.subgraphs, seeds)


def compare(
    reference: ReferenceComposer, case: str, subgraphs: Sequence[SubgraphSchema], mutation: str = ""
) -> Difference | None:
    """The difference of verdict or error codes; None where there is none, and where the other composer gave none."""
    theirs = reference.compose(subgraphs)
    if theirs.thrown is not None:
        return None
    ours = verdict_of(subgraphs)
    if ours.error_codes == theirs.error_codes and ours.composes == theirs.composes:
        return None
    return Difference(case, tuple(subgraphs), ours, theirs, mutation)


def shrink(reference: ReferenceComposer, difference: Difference) -> Difference:
    """The same codes on both sides from less SDL: parts are left out while the difference stays."""
    trials = 0
    best = difference
    has_changed = True
    while has_changed:
        has_changed = False
        for smaller in _smaller(best):
            trials += 1
            if trials > _TRIALS:
                return best
            found = compare(reference, best.case, smaller, best.mutation)
            if found is not None and found.ours.error_codes == best.ours.error_codes and _same(found, best):
                best = found
                has_changed = True
                break
    return best


def _same(one: Difference, other: Difference) -> bool:
    return one.theirs.error_codes == other.theirs.error_codes and one.ours.composes == other.ours.composes


def _smaller(difference: Difference) -> Iterator[list[SubgraphSchema]]:
    """The subgraphs without one of them, without one type, one part of a type, or one directive."""
    subgraphs = list(difference.subgraphs)
    if len(subgraphs) > 1:
        for number in range(len(subgraphs)):
            yield subgraphs[:number] + subgraphs[number + 1 :]
    for number, subgraph in enumerate(subgraphs):
        source = Source(subgraph.name, subgraph.sdl)
        nodes = [*source.types, *(part.node for part in source.parts)]
        nodes += [each for part in source.parts for each in part.node.directives or ()]
        nodes += [each for node in source.types for each in getattr(node, "interfaces", None) or ()]
        for node in nodes:
            text = source.cut(node)
            if Source("", text).is_valid:
                yield [replace(each, sdl=text) if at == number else each for at, each in enumerate(subgraphs)]
