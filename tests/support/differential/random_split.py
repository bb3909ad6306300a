"""A random schema, split at random into subgraphs that compose and can reach everything."""

from __future__ import annotations

from random import Random

from graphql.language import FieldNode

from tests.support.differential.abstract_parts import GOODS, add_abstract_types, add_interface_object
from tests.support.differential.failures import choose_failures
from tests.support.differential.split import Kind, Member, Part, Placement, Split, top_fields
from tests.support.differential.wider_parts import add_differing_union, add_external_keys, find_second_hub

_GRAPHS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta")
_ENTITIES = ("Product", "Book", "Brand", "Order", "Store", "Offer")
_LEAVES = {
    "title": Member("String"),
    "stock": Member("Int!"),
    "score": Member("Float"),
    "tags": Member("[String!]"),
    "ranks": Member("[Int]!"),
    "active": Member("Boolean"),
    "state": Member("State"),
    "price": Member("Int", {"unit": "Unit!", "factor": "Int"}),
    "caption": Member("String!", {"language": "String"}),
    "note": Member("String"),
    "rows": Member("[[Int!]]"),
    "revision": Member("Int!"),
}
_KEY_MEMBERS = {
    "id": Member("ID!"),
    "code": Member("String!"),
    "region": Member("String!"),
    "number": Member("Int!"),
    "origin": Member("Origin!"),
}
_KEYS = (("id", 1.0), ("code", 0.5), ("region number", 0.5), ("origin { place }", 0.25))


def build_split(seed: int) -> Split:
    """The split of a seed."""
    return _Builder(seed).build()


class _Builder:
    """Adds to the split layer by layer: entities, leaves, values, references, what requires them, abstract types."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.split = Split(seed, list(_GRAPHS[: self.random.randint(3, 6)]))
        self.split.has_flat_requirements = self.random.random() < 0.75
        self.entities: list[Kind] = []
        self.names = self.random.sample(_ENTITIES, self.random.randint(4, 6))
        # Where the interface of interface objects stands whole, and where its implementations must not be named.
        self.hub, self.apart = self.random.sample(self.split.graphs, 2)
        self.media = self.names[: self.random.choice([2, 2, 3])]

    def build(self) -> Split:
        for name in self.names:
            self._add_entity(name)
        for step in (self._add_leaves, self._add_values, self._add_references, self._add_required):
            for kind in self.entities:
                step(kind)
        self._add_roots()
        add_abstract_types(self.split, self.random, self.media, self.hub, self.apart)
        labels = {
            part.label for kind in self.entities for place in kind.parts.values() for part in place.fields.values()
        }
        self.split.labels = frozenset(label for label in sorted(filter(None, labels)) if self.random.random() < 0.5)
        self._widen()
        choose_failures(self.split, self.random, frozenset(_KEY_MEMBERS))
        return self.split

    def _widen(self) -> None:
        random = Random(f"wider {self.split.seed}")
        add_differing_union(self.split, random)
        found = find_second_hub(self.split, self.apart)
        if found is not None:
            add_interface_object(self.split, random, GOODS, *found)
        add_external_keys(self.split, random)

    def _add_entity(self, name: str) -> None:
        kind = Kind(name)
        self.split.kinds[name] = kind
        self.entities.append(kind)
        graphs = [graph for graph in self.split.graphs if graph != self.apart or name not in self.media]
        hub = self.hub if name in self.media else self.random.choice(graphs)
        others = [graph for graph in graphs if graph != hub]
        kind.key_sets = [key for key, chance in _KEYS if self.random.random() < chance]
        self._add_part(kind, hub, kind.key_sets)
        for graph in self.random.sample(others, self.random.randint(1, len(others))):
            self._add_part(kind, graph, self.random.sample(kind.key_sets, self.random.randint(1, len(kind.key_sets))))

    def _add_part(self, kind: Kind, graph: str, keys: list[str], *, is_resolvable: bool = True) -> None:
        part = kind.parts[graph] = Part([(key, is_resolvable) for key in keys])
        for key in keys:
            for node in top_fields(key):
                kind.fields[node.name.value] = _KEY_MEMBERS[node.name.value]
                part.fields[node.name.value] = Placement()
                if node.name.value == "origin":
                    self._use_value("Origin", {"place": Member("String!"), "country": Member("String")}, graph)

    def _use_value(self, name: str, members: dict[str, Member], graph: str) -> None:
        kind = self.split.kinds.setdefault(name, Kind(name, fields=dict(members)))
        kind.parts.setdefault(graph, Part(fields={item: Placement(is_shareable=True) for item in members}))

    def _add_leaves(self, kind: Kind) -> None:
        for name in self.random.sample(sorted(_LEAVES), self.random.randint(5, 8)):
            graphs = self.random.sample(sorted(kind.parts), min(2, len(kind.parts)))
            kind.fields[name] = _LEAVES[name]
            way = self.random.random()
            if way < 0.2 and len(graphs) > 1:
                for graph in graphs:
                    kind.parts[graph].fields[name] = Placement(is_shareable=True)
            elif way < 0.5 and len(graphs) > 1:
                label = f"move-{kind.name}-{name}".lower() if self.random.random() < 0.3 else None
                kind.parts[graphs[0]].fields[name] = Placement()
                kind.parts[graphs[1]].fields[name] = Placement(override=graphs[0], label=label)
            else:
                kind.parts[graphs[0]].fields[name] = Placement()

    def _add_values(self, kind: Kind) -> None:
        """A value of one subgraph, and one whose fields lie in two: what the one lacks is had through the entity."""
        graphs = sorted(kind.parts)
        if self.random.random() < 0.6:
            graph = self.random.choice(graphs)
            self._use_value("Money", {"amount": Member("Int!"), "currency": Member("String")}, graph)
            kind.fields["cost"] = Member(self.random.choice(["Money", "Money!", "[Money!]!", "[Money]"]))
            kind.parts[graph].fields["cost"] = Placement()
        if len(graphs) > 1 and self.random.random() < 0.6:
            first, second = self.random.sample(graphs, 2)
            name = f"{kind.name}Details"
            members = {"length": Member("Int"), "width": Member("Float!"), "remark": Member("String")}
            both = Placement(is_shareable=True)
            parts = {first: Part(fields={"length": both, "width": Placement()})}
            parts[second] = Part(fields={"length": both, "remark": Placement()})
            self.split.kinds[name] = Kind(name, fields=members, parts=parts)
            kind.fields["details"] = Member(self.random.choice(["Details", "Details!"]).replace("D", f"{kind.name}D"))
            for graph in (first, second):
                kind.parts[graph].fields["details"] = Placement(is_shareable=True)

    def _add_references(self, kind: Kind) -> None:
        for target in self.random.sample(self.entities, self.random.randint(1, 3)):
            graph = self.random.choice(_enterable(kind))
            if not self._can_refer(target, graph):
                continue
            name = f"to{target.name}"
            shape = self.random.choice(["{}", "{}", "{}!", "[{}!]", "[{}]!", "[[{}!]]"])
            kind.fields[name] = Member(shape.format(target.name))
            kind.parts[graph].fields[name] = Placement(provides=self._choose_provided(target, graph))

    def _can_refer(self, target: Kind, graph: str) -> bool:
        """Whether the subgraph can name the type; a stub without fields of its own is added when it may."""
        if graph in target.parts:
            return True
        if target.name in self.media and graph == self.apart:
            return False
        self._add_part(target, graph, [self.random.choice(target.key_sets)], is_resolvable=False)
        return True

    def _choose_provided(self, target: Kind, graph: str) -> str | None:
        found = [name for name in sorted(target.fields) if name in _LEAVES and not target.fields[name].arguments]
        found = [name for name in found if name != "revision"]
        found = [name for name in found if not any(part.fields[name].override for part in _with(target, name))]
        found = [name for name in found if graph not in target.owners(name)]
        if not found or self.random.random() < 0.4:
            return None
        chosen = self.random.sample(found, min(len(found), self.random.randint(1, 2)))
        for name in chosen:
            for part in _with(target, name):
                part.fields[name].is_shareable = not part.fields[name].is_external
            target.parts[graph].fields[name] = Placement(is_external=True)
        return " ".join(chosen)

    def _add_required(self, kind: Kind) -> None:
        """Fields that require fields of other subgraphs, each other included."""
        for index in range(self.random.randint(1, 3)):
            graph = self.random.choice(_enterable(kind))
            part = kind.parts[graph]
            found = [name for name in sorted(kind.fields) if name not in part.fields and name != "revision"]
            usable = {name: text for name in found if (text := self._requirement(kind, name, graph))}
            if not usable:
                continue
            chosen = self.random.sample(sorted(usable), min(len(usable), self.random.randint(1, 2)))
            if "price" in usable and self.random.random() < 0.5:
                chosen = sorted({"price", *chosen})
            for name in chosen:
                part.fields[name] = Placement(is_external=True)
                for inner in _inner(usable[name]):
                    target = self.split.kinds[kind.fields[name].target].parts[graph]
                    target.fields.setdefault(inner, Placement(is_external=True))
            name = f"derived{index}"
            kind.fields[name] = Member(self.random.choice(["String", "Int!", "[String]"]))
            part.fields[name] = Placement(requires=" ".join(usable[name] for name in chosen))

    def _requirement(self, kind: Kind, name: str, graph: str) -> str | None:
        member = kind.fields[name]
        if member.arguments:
            given = "unit: METRIC" if "unit" in member.arguments else ""
            return f"{name}({given})" if given else name
        if not name.startswith("to"):
            return name if member.target not in self.split.kinds else None
        target = self.split.kinds[member.target]
        if self.split.has_flat_requirements or not self._can_refer(target, graph):
            return None
        leaves = [item for item in sorted(target.fields) if item in _LEAVES and not target.fields[item].arguments]
        leaves = [item for item in leaves if item != "revision" and item not in target.parts[graph].fields]
        return f"{name} {{ {self.random.choice(leaves)} }}" if leaves else None

    def _add_roots(self) -> None:
        query = self.split.kinds["Query"] = Kind("Query")
        mutation = self.split.kinds["Mutation"] = Kind("Mutation")
        subscription = self.split.kinds["Subscription"] = Kind("Subscription")
        for kind in self.entities:
            graph = self.random.choice(self.split.graphs)
            graph = graph if self._can_refer(kind, graph) else self.hub
            self._place(query, f"one{kind.name}", Member(kind.name), graph, self._choose_provided(kind, graph))
            graph = self.random.choice(sorted(kind.parts))
            self._place(query, f"all{kind.name}", Member(f"[{kind.name}!]", {"first": "Int"}), graph, None)
            graph = self.random.choice(sorted(kind.parts))
            self._place(mutation, f"change{kind.name}", Member(kind.name, {"amount": "Int!"}), graph, None)
            graph = self.random.choice(sorted(kind.parts))
            self._place(subscription, f"watch{kind.name}", Member(kind.name), graph, None)
        for graph in self.split.graphs:
            self._use_value("Receipt", {"position": Member("Int!"), "total": Member("Int!")}, graph)
            self._place(mutation, f"record_{graph}", Member("Receipt!", {"amount": "Int!"}), graph, None)
            self._place(query, f"count_{graph}", Member("Int"), graph, None)

    def _place(self, root: Kind, name: str, member: Member, graph: str, provides: str | None) -> None:
        root.fields[name] = member
        root.parts.setdefault(graph, Part()).fields[name] = Placement(provides=provides)


def _enterable(kind: Kind) -> list[str]:
    return [graph for graph, part in kind.parts.items() if any(is_resolvable for _, is_resolvable in part.keys)]


def _with(kind: Kind, name: str) -> list[Part]:
    return [part for part in kind.parts.values() if name in part.fields]


def _inner(requirement: str) -> list[str]:
    """The fields below the one field of a requirement."""
    below = top_fields(requirement)[0].selection_set
    return [item.name.value for item in below.selections if isinstance(item, FieldNode)] if below else []
