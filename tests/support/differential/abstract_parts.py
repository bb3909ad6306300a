"""Interfaces, unions and interface objects of a random split, and the fields that lead to them."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from tests.support.differential.split import Kind, Member, Part, Placement, Split


@dataclass(frozen=True)
class StandIn:
    """The names of an interface that one subgraph has as an `@interfaceObject`, and of its fields."""

    name: str
    plain: str
    sure: str
    required: str
    requiring: str

    @property
    def fields(self) -> frozenset[str]:
        return frozenset((self.plain, self.sure, self.requiring))


MEDIA = StandIn("Media", "views", "grade", "weight", "freight")
GOODS = StandIn("Goods", "likes", "rank", "mass", "tariff")

_SHAPES = ("{}", "{}!", "[{}!]", "[{}]", "[[{}!]!]")


def add_abstract_types(split: Split, random: Random, media: list[str], hub: str, apart: str) -> None:
    """Adds `Named`, `Found` and `Media` over the entities that stand already."""
    entities = [kind for kind in split.kinds.values() if kind.key_sets]
    _add_interface(split, random, entities)
    _add_union(split, random, entities)
    add_interface_object(split, random, MEDIA, media, hub, apart)


def _refer(split: Split, random: Random, name: str, graphs: list[str]) -> None:
    """A root field and, where there is an owner, a field of an entity that lead to the type."""
    for graph in graphs:
        query = split.kinds["Query"]
        query.fields[f"{name.lower()}_{graph}"] = Member(random.choice(_SHAPES).format(name))
        query.parts.setdefault(graph, Part()).fields[f"{name.lower()}_{graph}"] = Placement()
        owners = [kind for kind in split.kinds.values() if kind.key_sets and graph in kind.parts]
        owners = [kind for kind in owners if any(is_resolvable for _, is_resolvable in kind.parts[graph].keys)]
        if owners and random.random() < 0.7:
            owner = random.choice(owners)
            field = f"some{name}_{graph}"
            owner.fields[field] = Member(random.choice(_SHAPES).format(name))
            owner.parts[graph].fields[field] = Placement()


def _add_interface(split: Split, random: Random, entities: list[Kind]) -> None:
    """A subgraph's interface has what all its implementations there resolve themselves."""
    members = random.sample(entities, random.randint(2, len(entities)))
    shared = set.intersection(*(set(kind.fields) for kind in members))
    shared = {name for name in shared if len({kind.fields[name].print(name) for kind in members}) == 1}
    named = Kind("Named", "interface", members=[kind.name for kind in members])
    for graph in split.graphs:
        local = [kind.parts[graph] for kind in members if graph in kind.parts]
        common = [name for name in sorted(shared) if local and all(_resolves(part, name) for part in local)]
        if common and random.random() < 0.8:
            chosen = random.sample(common, random.randint(1, len(common)))
            named.parts[graph] = Part(fields={name: Placement() for name in chosen})
            named.fields |= {name: members[0].fields[name] for name in chosen}
    if not named.parts:
        return
    split.kinds["Named"] = named
    # What never meets the interface in a subgraph does not implement it.
    members = [kind for kind in members if set(kind.parts) & set(named.parts)]
    named.members = [kind.name for kind in members]
    for kind in members:
        kind.interfaces.append("Named")
    _refer(split, random, "Named", random.sample(sorted(named.parts), min(2, len(named.parts))))


def _resolves(part: Part, name: str) -> bool:
    return name in part.fields and not part.fields[name].is_external


def _add_union(split: Split, random: Random, entities: list[Kind]) -> None:
    members = random.sample(entities, random.randint(2, len(entities)))
    names = [kind.name for kind in members] + (["Money"] if "Money" in split.kinds else [])
    graphs = [graph for graph in split.graphs if any(graph in split.kinds[name].parts for name in names)]
    graphs = random.sample(graphs, min(len(graphs), random.randint(1, 3)))
    reached = [name for name in names if any(graph in split.kinds[name].parts for graph in graphs)]
    split.kinds["Found"] = Kind("Found", "union", members=reached, parts={graph: Part() for graph in graphs})
    _refer(split, random, "Found", graphs)


def add_interface_object(
    split: Split, random: Random, names: StandIn, members: list[str], hub: str, apart: str
) -> None:
    """One subgraph has the interface and all implementations; another adds to all of them at once."""
    kind = Kind(names.name, "interface", members=members)
    kind.fields = {"id": Member("ID!"), names.plain: Member("Int"), names.sure: Member("String!", {"scale": "Int"})}
    kind.parts[hub] = Part([("id", True)], {"id": Placement()})
    own = {"id": Placement(), names.plain: Placement(), names.sure: Placement()}
    kind.parts[apart] = Part([("id", True)], own, is_interface_object=True)
    added = [names.plain, names.sure]
    if random.random() < 0.7:
        # The interface object requires what each implementation resolves for itself.
        kind.fields |= {names.required: Member("Float"), names.requiring: Member("String!")}
        kind.parts[hub].fields[names.required] = Placement()
        own |= {names.required: Placement(is_external=True), names.requiring: Placement(requires=names.required)}
        added.append(names.requiring)
    split.kinds[names.name] = kind
    for name in members:
        member = split.kinds[name]
        member.interfaces.append(names.name)
        member.fields |= {item: kind.fields[item] for item in added}
        if names.required in kind.fields:
            member.fields[names.required] = kind.fields[names.required]
            member.parts[hub].fields[names.required] = Placement()
    _refer(split, random, names.name, random.sample([hub, apart], random.randint(1, 2)))
