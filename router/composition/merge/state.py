"""What every step of the merge shares: the subgraphs, the schema that grows, errors and hints."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from entrepot.router.composition.composed_directives import ComposedDirectives
from entrepot.router.composition.definitions import (
    Element,
    FieldDefinition,
    Kind,
    Location,
    Schema,
    TypeDefinition,
    iterate_elements,
)
from entrepot.router.composition.errors import CompositionError
from entrepot.router.composition.hints import CompositionHint, build_hint
from entrepot.router.composition.merge.places import find_applications, find_places
from entrepot.router.composition.subgraph import Subgraph
from entrepot.router.federation.link import FEDERATION_IDENTITY, Link
from entrepot.router.federation.literals import EnumLiteral
from entrepot.router.federation.spec import DIRECTIVES

T = TypeVar("T", bound=Element)

_ALWAYS_COMPOSED = frozenset({"tag", "inaccessible"})
"""Directives whose name is taken in the supergraph by an import; that of others only where they are applied."""


@dataclass(frozen=True, slots=True)
class Source(Generic[T]):
    """One subgraph's definition of the element that is being merged."""

    subgraph: Subgraph
    element: T


@dataclass(slots=True)
class OverrideResult:
    """What the overrides of one field mean for each subgraph, by subgraph name."""

    used: set[str] = field(default_factory=set)
    unused: set[str] = field(default_factory=set)
    labels: dict[str, str] = field(default_factory=dict)

    def is_dropped(self, subgraph: str) -> bool:
        """Whether this subgraph's field is out of the supergraph altogether."""
        return subgraph in self.unused and subgraph not in self.labels

    def gives_way(self, subgraph: str) -> bool:
        return subgraph in self.used or subgraph in self.unused


@dataclass(frozen=True, slots=True)
class InheritedField:
    """A field of an implementation that all its `sources` mark external, since an `@interfaceObject` resolves it."""

    owners: tuple[Source[TypeDefinition], ...]
    sources: tuple[Source[FieldDefinition], ...]
    overrides: OverrideResult


@dataclass(slots=True)
class MergeState:
    """The merge in progress; subgraphs are in the order of their names, so that the result depends on nothing else."""

    subgraphs: tuple[Subgraph, ...]
    composed: ComposedDirectives
    schema: Schema = field(default_factory=Schema)
    errors: list[CompositionError] = field(default_factory=list)
    hints: list[CompositionHint] = field(default_factory=list)
    graphs: dict[str, EnumLiteral] = field(default_factory=dict)
    features: set[str] = field(default_factory=set)
    interfaces: dict[str, set[str]] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    directive_names: dict[str, str] = field(default_factory=dict)
    overrides: dict[str, OverrideResult] = field(default_factory=dict)
    inherited: dict[str, InheritedField] = field(default_factory=dict)

    def error(self, code: str, message: str, locations: Iterable[Location] = ()) -> None:
        known = tuple(location for location in locations if location.subgraph)
        self.errors.append(CompositionError(code, message, known))

    def hint(self, code: str, message: str, coordinate: str) -> None:
        self.hints.append(build_hint(code, message, coordinate))

    def places(self, *coordinates: str) -> tuple[Location, ...]:
        """Where the subgraphs define these elements of the supergraph, each location once.

        A field that only an `@interfaceObject` gives to an implementation is defined there; what is defined nowhere
        is looked for where its type is.
        """
        return self._unique(self._places(coordinate) for coordinate in coordinates)

    def marked_places(self, directive: str, *coordinates: str) -> tuple[Location, ...]:
        """Where the subgraphs apply a federation directive to these elements; else where they define them."""
        return self._unique(
            find_applications(self.subgraphs, coordinate, directive) or self._places(coordinate)
            for coordinate in coordinates
        )

    def _places(self, coordinate: str) -> list[Location]:
        owner, _, member = coordinate.partition(".")
        inherited = [f"{interface}.{member}" for interface in sorted(self.interfaces.get(owner, ())) if member]
        candidates = (coordinate, *inherited, coordinate.partition("(")[0], owner)
        return next(filter(None, (find_places(self.subgraphs, each) for each in candidates)), [])

    @staticmethod
    def _unique(groups: Iterable[list[Location]]) -> tuple[Location, ...]:
        return tuple(dict.fromkeys(location for group in groups for location in group))

    def graph(self, subgraph: Subgraph) -> EnumLiteral:
        """The value of `join__Graph` that stands for this subgraph."""
        return self.graphs[subgraph.name]

    def sources_of_type(self, name: str) -> list[Source[TypeDefinition]]:
        return [Source(each, each.schema.types[name]) for each in self.subgraphs if name in each.schema.types]

    def is_named_subtype(self, narrow: str, wide: str) -> bool:
        return wide in self.interfaces.get(narrow, ()) or narrow in self.members.get(wide, ())


def build_state(subgraphs: Iterable[Subgraph]) -> MergeState:
    """The state before anything is merged."""
    ordered = tuple(sorted(subgraphs, key=lambda subgraph: subgraph.name))
    composed, errors, hints = ComposedDirectives.read(ordered)
    state = MergeState(ordered, composed, errors=errors, hints=hints, graphs=name_graphs(ordered))
    _name_directives(state)
    _hint_implied_versions(state)
    for subgraph in ordered:
        for definition in subgraph.schema.types.values():
            if definition.interfaces:
                state.interfaces.setdefault(definition.name, set()).update(definition.interfaces)
            if definition.kind is Kind.UNION:
                state.members.setdefault(definition.name, set()).update(definition.members)
    return state


def _name_directives(state: MergeState) -> None:
    """Name each merged federation directive as the subgraphs that apply it import it; they must agree."""
    applied = {
        subgraph.name: {each.federation for _, _, part in iterate_elements(subgraph.schema) for each in part.directives}
        for subgraph in state.subgraphs
    }
    for specification in DIRECTIVES.values():
        if specification.feature is None:
            continue
        imported: dict[str, list[tuple[Subgraph, Link]]] = {}
        for subgraph in state.subgraphs:
            for link in subgraph.links:
                is_own = link.identity == f"https://specs.apollo.dev/{specification.feature}"
                local = link.local_directive(specification.name)
                is_imported = link.identity == FEDERATION_IDENTITY and f"@{local}" in link.imports
                if (is_own or is_imported) and specification.name in applied[subgraph.name]:
                    imported.setdefault(local, []).append((subgraph, link))
        if len(imported) > 1:
            listed = ", ".join(f'"@{name}" in "{owners[0][0].name}"' for name, owners in imported.items())
            message = f'"@{specification.name}" is imported under different names: {listed}; use one name everywhere.'
            places = [subgraph.link_location(link) for owners in imported.values() for subgraph, link in owners]
            state.error("LINK_IMPORT_NAME_MISMATCH", message, places)
        name = state.directive_names[specification.name] = next(iter(imported), specification.name)
        if name in state.composed.by_name:
            is_applied = {each for each, names in applied.items() if specification.name in names}
            _refuse_composed_name(state, specification.name, name, is_applied)


def _refuse_composed_name(state: MergeState, specified: str, name: str, applying: set[str]) -> None:
    """A directive of the users' own and one of the specification's cannot both have a name in the supergraph."""
    composed = state.composed.by_name[name]
    meant = [
        subgraph
        for subgraph in state.subgraphs
        if subgraph.name in applying or (specified in _ALWAYS_COMPOSED and _imports(subgraph, specified, name))
    ]
    if meant:
        listed = ", ".join(f'"{subgraph.name}"' for subgraph in meant)
        message = (
            f'"@{name}" of "{composed.link.identity}" is composed, and "@{name}" in {listed} is "@{specified}" of '
            "federation; give the composed directive another name with `as`."
        )
        owners = [subgraph for subgraph in state.subgraphs if subgraph.name in composed.subgraphs]
        places = [subgraph.link_location(link) for subgraph in owners if (link := subgraph.link_of(name)) is not None]
        code = "DIRECTIVE_COMPOSITION_ERROR" if specified in _ALWAYS_COMPOSED else "INVALID_LINK_DIRECTIVE_USAGE"
        state.error(code, message, places)


def _imports(subgraph: Subgraph, specified: str, name: str) -> bool:
    federation = (link for link in subgraph.links if link.identity == FEDERATION_IDENTITY)
    return any(link.imports.get(f"@{name}") == f"@{specified}" for link in federation)


def _hint_implied_versions(state: MergeState) -> None:
    """A specification that is linked by itself may be newer than the federation version linked beside it."""
    for subgraph in state.subgraphs:
        if subgraph.implied_version > subgraph.version:
            linked, implied = (f"v{major}.{minor}" for major, minor in (subgraph.version, subgraph.implied_version))
            message = (
                f'"{subgraph.name}" links federation {linked} beside a specification that belongs to {implied}; '
                f"it counts as {implied}, so link that."
            )
            state.hint("IMPLICITLY_UPGRADED_FEDERATION_VERSION", message, "@link")


def name_graphs(subgraphs: Iterable[Subgraph]) -> dict[str, EnumLiteral]:
    """Enum values for the subgraph names: upper case, what is no name character becomes `_`, clashes are numbered."""
    wanted: dict[str, list[str]] = {}
    for subgraph in subgraphs:
        name = re.sub(r"[^A-Za-z0-9_]", "_", subgraph.name)
        name = re.sub(r"^(\d)", r"_\1", name)
        name = re.sub(r"(_\d+)$", r"\1_", name).upper()
        wanted.setdefault(name, []).append(subgraph.name)
    graphs: dict[str, EnumLiteral] = {}
    for name, owners in wanted.items():
        for number, owner in enumerate(owners, start=1):
            graphs[owner] = EnumLiteral(name if len(owners) == 1 else f"{name}_{number}")
    return graphs


def names_of(sources: Iterable[Source[T]], value: Callable[[T], object] | None = None) -> str:
    """The subgraph names for a message: `"a", "b"`, with each one's value when asked."""
    if value is None:
        return ", ".join(f'"{source.subgraph.name}"' for source in sources)
    return ", ".join(f'{value(source.element)} in "{source.subgraph.name}"' for source in sources)


def locations_of(sources: Iterable[Source[T]]) -> list[Location]:
    return [source.element.location for source in sources]


def member_sources(
    sources: Iterable[Source[TypeDefinition]], members: Callable[[TypeDefinition], dict[str, T]]
) -> dict[str, list[Source[T]]]:
    """The parts of a type by name, each with the subgraphs that have it, in order of first appearance."""
    found: dict[str, list[Source[T]]] = {}
    for source in sources:
        for name, each in members(source.element).items():
            found.setdefault(name, []).append(Source(source.subgraph, each))
    return found
