"""A federated schema of any size from a seed: entities over several subgraphs, values, interfaces, requirements.

The spread of a type over subgraphs repeats 3, 2, 1, so that a third of the types is in three or more of them. An
entity's first subgraph knows it by `id` and `code`, the others by one of the two, so that some ways lead through
a third.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random

from entrepot.router.composition import SubgraphSchema

SEED = 20_240
_SPREADS = (3, 2, 1)
_SCALARS = ("String", "Int", "Float", "Boolean", "[String!]!", "ID")
_LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", '
    'import: ["@key", "@requires", "@external", "@shareable"])'
)


@dataclass(frozen=True, slots=True)
class GeneratedType:
    """A type and the indexes of the subgraphs that declare it; `interfaces` are the names of those it implements."""

    name: str
    kind: str
    places: tuple[int, ...]
    interfaces: list[GeneratedType] = field(default_factory=list)


def generate_subgraphs(
    *, subgraphs: int = 15, types: int = 40, fields: int = 8, seed: int = SEED
) -> tuple[SubgraphSchema, ...]:
    """So many subgraphs, each with exactly so many object and interface types beside Query, none under `fields` fields.

    Equal arguments give equal SDL. ValueError for fewer than three subgraphs, twelve types or six fields, with which
    the promised properties cannot be kept.
    """
    if subgraphs < max(_SPREADS) or types < 12 or fields < 6:  # noqa: PLR2004 - the least that holds every kind
        raise ValueError("At least three subgraphs, twelve types in each and six fields a type are needed.")
    made = _place_types(subgraphs, types, Random(seed))
    _implement(made)
    return tuple(
        SubgraphSchema(f"s{index}", f"http://s{index}.invalid/graphql", _Printer(index, made, fields, seed).print())
        for index in range(subgraphs)
    )


def _place_types(subgraphs: int, types: int, random: Random) -> list[GeneratedType]:
    """Give each type the subgraphs with most room, until all are full."""
    room = [types] * subgraphs
    made: list[GeneratedType] = []
    while any(room):
        open_places = sorted((index for index in range(subgraphs) if room[index]), key=lambda index: -room[index])
        most = [index for index in open_places if room[index] == room[open_places[0]]]
        random.shuffle(most)
        order = most + [index for index in open_places if index not in most]
        places = tuple(order[: _SPREADS[len(made) % len(_SPREADS)]])
        for index in places:
            room[index] -= 1
        kind = _kind(len(made))
        made.append(GeneratedType(f"{kind.title()}{len(made)}", kind, places))
    return made


def _kind(index: int) -> str:
    """Of twelve types nine are entities, one is an interface in two subgraphs, two are values."""
    return {4: "interface", 6: "value", 11: "value"}.get(index % 12, "entity")


def _implement(made: Sequence[GeneratedType]) -> None:
    """Every fourth entity of a subgraph implements each interface of it, and so does the first."""
    for interface in _of(made, "interface"):
        for place in interface.places:
            local = [each for each in _of(made, "entity") if place in each.places]
            for entity in local[::4]:
                if interface not in entity.interfaces:
                    entity.interfaces.append(interface)


def _of(made: Iterable[GeneratedType], kind: str) -> list[GeneratedType]:
    return [each for each in made if each.kind == kind]


class _Printer:
    """Prints one subgraph; its chance depends on the seed and the subgraph alone."""

    def __init__(self, index: int, made: Sequence[GeneratedType], fields: int, seed: int) -> None:
        self.index = index
        self.local = [each for each in made if index in each.places]
        self.fields = fields
        self.random = Random(f"{seed}/{index}")

    def print(self) -> str:
        printers = {"entity": self._entity, "value": self._value, "interface": self._interface}
        return "\n\n".join([_LINK, self._query(), *(printers[each.kind](each) for each in self.local)]) + "\n"

    def _query(self) -> str:
        lines: list[str] = []
        for each in self.local:
            if each.places[0] == self.index and each.kind != "value":
                lines.append(f"all{each.name}(first: Int = 10): [{each.name}!]!")
                if each.kind == "entity":
                    lines.append(f"one{each.name}(id: ID!): {each.name}")
        return _block("type Query", lines)

    def _value(self, kind: GeneratedType) -> str:
        shareable = " @shareable" if len(kind.places) > 1 else ""
        name = kind.name.lower()
        lines = [f"{name}_{position}: {_scalar(position)}" for position in range(self.fields)]
        return _block(f"type {kind.name}{shareable}", lines)

    def _interface(self, kind: GeneratedType) -> str:
        return _block(f"interface {kind.name}", ["id: ID!", *_contract(kind, self.fields)])

    def _entity(self, kind: GeneratedType) -> str:
        here = kind.places.index(self.index)
        keys = ("id", "code") if here == 0 else (("id", "code")[(here + len(kind.name)) % 2],)
        inherited = [each for each in kind.interfaces if self.index in each.places]
        known = dict.fromkeys([*keys, *(["id"] if inherited else [])])
        lines = [f"{key}: {'ID!' if key == 'id' else 'String!'}" + _sharing(key, keys) for key in known]
        for interface in inherited:
            lines += [f"{line} @shareable" for line in _contract(interface, self.fields)]
        if here:
            lines += self._requirement(kind, here)
        lines += self._relations(kind)
        own = _prefix(kind, self.index)
        lines += [f"{own}_{position}: {_scalar(position)}" for position in range(max(2, self.fields - len(lines)))]
        heads = [f"type {kind.name}"]
        if inherited:
            heads.append("implements " + " & ".join(each.name for each in inherited))
        heads += [f'@key(fields: "{key}")' for key in keys]
        return _block(" ".join(heads), lines)

    def _requirement(self, kind: GeneratedType, here: int) -> list[str]:
        """A field computed from two of the subgraph before, the second of which may itself be computed."""
        before = _prefix(kind, kind.places[here - 1])
        computed = f"{before}_computed" if here > 1 else f"{before}_1"
        return [
            f"{before}_0: {_scalar(0)} @external",
            f"{computed}: Int @external",
            f'{_prefix(kind, self.index)}_computed: Int @requires(fields: "{before}_0 {computed}")',
        ]

    def _relations(self, kind: GeneratedType) -> list[str]:
        """Two entities, a value and an interface of this subgraph, as far as it has them."""
        own = _prefix(kind, self.index)
        lines = []
        for name, wanted, form in _RELATIONS:
            choices = _of(self.local, wanted)
            if choices:
                target = self.random.choice(choices).name
                lines.append(f"{own}_{name}{form.format(target)}")
        return lines


_RELATIONS = (
    ("one", "entity", ": {}"),
    ("many", "entity", "(first: Int): [{}!]!"),
    ("value", "value", ": {}"),
    ("any", "interface", ": {}"),
)


def _contract(interface: GeneratedType, fields: int) -> list[str]:
    """What an interface asks for beside `id`; its first field leads to itself again."""
    name = interface.name.lower()
    plain = [f"{name}_{position}: {_scalar(position)}" for position in range(fields - 2)]
    return [f"{name}_next: {interface.name}", *plain]


def _sharing(key: str, keys: Sequence[str]) -> str:
    return "" if key in keys else " @shareable"


def _prefix(kind: GeneratedType, index: int) -> str:
    return f"{kind.name.lower()}_s{index}"


def _scalar(position: int) -> str:
    return _SCALARS[position % len(_SCALARS)]


def _block(head: str, lines: Iterable[str]) -> str:
    return "\n".join([f"{head} {{", *(f"  {line}" for line in lines), "}"])
