"""One subgraph: its SDL read, its links resolved, what federation adds put in and what it needs taken out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from entrepot.router.composition.definitions import AppliedDirective, Location, Schema, iterate_elements
from entrepot.router.composition.errors import CompositionError, SubgraphUnreadable
from entrepot.router.composition.expansion import add_federation_definitions, remove_federation_machinery
from entrepot.router.composition.linked_features import SPECIFICATIONS, STANDARD_FEATURES, check_linked_features
from entrepot.router.composition.links import federation_version, find_unknown_imports, link_location, read_links
from entrepot.router.composition.reader import read_schema
from entrepot.router.composition.usage import FieldUsage
from entrepot.router.federation.directive import Version
from entrepot.router.federation.link import FEDERATION_IDENTITY, Link
from entrepot.router.federation.spec import DIRECTIVES, FEDERATION_1, VERSIONS, directives_at

FEDERATION_1_UPGRADE: Version = (2, 4)
"""A federation 1 schema is upgraded to this version: directives that it defines itself count from then on."""


@dataclass(frozen=True, slots=True)
class SubgraphSchema:
    """What a subgraph is called, where it answers and its SDL (federation 1 or 2.0 to 2.14)."""

    name: str
    url: str | None
    sdl: str


@dataclass(slots=True)
class Subgraph:
    """A subgraph ready to be checked and merged."""

    name: str
    url: str
    schema: Schema
    version: Version
    links: list[Link] = field(default_factory=list)
    unknown_imports: list[CompositionError] = field(default_factory=list)
    ignored_interface_keys: set[str] = field(default_factory=set)
    _usage: FieldUsage | None = None

    @property
    def is_federation_1(self) -> bool:
        return self.version < VERSIONS[0]

    @property
    def usage(self) -> FieldUsage:
        """What is external, shareable, key and used, as of the last change."""
        if self._usage is None:
            self._usage = FieldUsage(self.schema, is_federation_1=self.is_federation_1)
        return self._usage

    def forget_usage(self) -> None:
        """Called after the schema was changed."""
        self._usage = None

    @property
    def implied_version(self) -> Version:
        """The federation version that is linked, or the newer one that another linked specification belongs to."""
        if self.is_federation_1:
            return self.version
        identities = {link.identity for link in self.links}
        return max(
            [self.version]
            + [each.since for each in DIRECTIVES.values() if f"{SPECIFICATIONS}{each.feature}" in identities]
        )

    def link_location(self, link: Link) -> Location:
        """Where the link is written."""
        return link_location(self.schema, link)

    def link_of(self, directive: str) -> Link | None:
        """The link that brings this local directive in, if any."""
        for link in self.links:
            if link.original_directive(directive) is not None:
                return link
        return None

    def local_name(self, federation_directive: str) -> str:
        """What a federation directive is called in this subgraph."""
        for link in self.links:
            if link.identity == FEDERATION_IDENTITY:
                return link.local_directive(federation_directive)
        return federation_directive


def build_subgraph(source: SubgraphSchema) -> Subgraph:
    """Read and expand one subgraph (federation subgraph specification).

    Raises `SubgraphUnreadable` with every reason when it cannot be read far enough to be checked.
    """
    schema, errors = read_schema(source.sdl, source.name)
    if errors:
        raise SubgraphUnreadable(errors)
    links = read_links(schema)
    version = federation_version(links)
    _resolve_names(schema, links, version)
    errors = check_linked_features(schema, links) or add_federation_definitions(schema, links, version)
    if errors:
        raise SubgraphUnreadable(errors)
    unknown_imports = find_unknown_imports(schema, links)
    return Subgraph(source.name, source.url or "", schema, version, links, unknown_imports)


def finish_subgraph(subgraph: Subgraph) -> None:
    """Take out what only serves the protocol, once the SDL was found to be valid GraphQL."""
    remove_federation_machinery(subgraph.schema, subgraph.links)
    subgraph.forget_usage()


def federation_name(local: str, links: list[Link], version: Version) -> str | None:
    """The federation directive that `local` names in a schema with these links, None for any other directive."""
    for link in links:
        original = link.original_directive(local)
        if original is None:
            continue
        if link.identity == FEDERATION_IDENTITY:
            return original if original in DIRECTIVES else None
        if link.identity.startswith(SPECIFICATIONS) and link.name in STANDARD_FEATURES:
            specification = DIRECTIVES.get(original)
            return original if specification and specification.feature == link.name else None
        return None
    if version == FEDERATION_1 and local in DIRECTIVES and DIRECTIVES[local].since <= FEDERATION_1_UPGRADE:
        return local
    return None


def _resolve_names(schema: Schema, links: list[Link], version: Version) -> None:
    """Write on every application and definition which directive of the federation specification it is."""
    known: dict[str, str | None] = {}
    if version == FEDERATION_1:
        legacy = {each.name for each in directives_at(FEDERATION_1)} | set(schema.directives)
        known.update(dict.fromkeys(DIRECTIVES.keys() - legacy))
    elements: Iterator[list[AppliedDirective]] = (part.directives for _, _, part in iterate_elements(schema))
    arguments = (argument.directives for each in schema.directives.values() for argument in each.arguments.values())
    for applications in chain([schema.applied], elements, arguments):
        for application in applications:
            if application.federation is not None:
                continue
            if application.name not in known:
                known[application.name] = federation_name(application.name, links, version)
            application.federation = known[application.name]
    for directive in schema.directives.values():
        directive.federation = federation_name(directive.name, links, version)
