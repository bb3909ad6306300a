"""A supergraph whose tags and hidden elements can be asked for, by coordinate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import GraphQLSyntaxError, parse
from graphql.language import SchemaDefinitionNode

from entrepot.router.composition.definitions import (
    AppliedDirective,
    DirectiveDefinition,
    Element,
    Kind,
    Schema,
    TypeDefinition,
    iterate_elements,
)
from entrepot.router.composition.reader import read_schema
from entrepot.router.errors import SupergraphInvalid
from entrepot.router.federation.literals import EnumLiteral
from entrepot.router.federation.spec import DIRECTIVES, LATEST
from entrepot.router.supergraph.links import Links, read_links

_INACCESSIBLE_URL = "https://specs.apollo.dev/inaccessible/v0.2"


@dataclass(slots=True)
class TaggedSchema:
    """The schema model of a supergraph, and what it calls the directives that matter here."""

    schema: Schema
    links: Links

    def types(self) -> Iterator[TypeDefinition]:
        """The types that are not the machinery of a linked specification."""
        for definition in self.schema.types.values():
            if not self.links.owns(definition.name, is_directive=False):
                yield definition

    def hide(self, element: Element) -> None:
        """Mark a part `@inaccessible`, once."""
        if not element.has("inaccessible"):
            name = self.links.directive_name("inaccessible") or "inaccessible"
            element.directives.append(AppliedDirective(name, federation="inaccessible"))

    def link_inaccessible(self) -> None:
        """Link and define `@inaccessible` where the supergraph did not need it so far."""
        if self.links.directive_name("inaccessible") is not None:
            return
        specification = DIRECTIVES["inaccessible"]
        arguments = {"url": _INACCESSIBLE_URL, "for": EnumLiteral("SECURITY")}
        self.schema.applied.append(AppliedDirective("link", arguments))
        self.schema.directives[specification.name] = DirectiveDefinition(
            name=specification.name, locations=specification.locations_at(LATEST)
        )


def read_tagged_schema(sdl: str) -> TaggedSchema:
    """Read a supergraph; raises `SupergraphInvalid` when the SDL does not parse or is no supergraph."""
    try:
        document = parse(sdl)
    except GraphQLSyntaxError as error:
        raise SupergraphInvalid(f"The supergraph does not parse: {error.message}") from error
    definitions = [node for node in document.definitions if isinstance(node, SchemaDefinitionNode)]
    links = read_links(directive for node in definitions for directive in node.directives or ())
    schema, _ = read_schema(sdl, "")
    names = {links.directive_name(name): name for name in ("tag", "inaccessible")}
    for _, _, part in iterate_elements(schema):
        for application in part.directives:
            application.federation = names.get(application.name)
    return TaggedSchema(schema, links)


def tags_of(element: Element) -> frozenset[str]:
    """The names in the `@tag` applications on a part itself."""
    return frozenset(str(each.arguments.get("name")) for each in element.applied("tag"))


def parts_of(definition: TypeDefinition) -> list[Element]:
    """What a type is made of, but for the members of a union, which are types themselves."""
    return [*definition.fields.values(), *definition.input_fields.values(), *definition.values.values()]


def has_fields(definition: TypeDefinition) -> bool:
    """Whether it is an object or an interface."""
    return definition.kind in (Kind.OBJECT, Kind.INTERFACE)
