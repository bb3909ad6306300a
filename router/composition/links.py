"""The links of a subgraph: read from its schema, and held against each other."""

from __future__ import annotations

from entrepot.router.composition.definitions import NOWHERE, Location, Schema
from entrepot.router.composition.errors import CompositionError, SubgraphUnreadable
from entrepot.router.federation.directive import Version
from entrepot.router.federation.link import FEDERATION_IDENTITY, LINK_IDENTITY, Link, LinkUnreadable, parse_link
from entrepot.router.federation.spec import FEDERATION_1, VERSIONS, directives_at, types_at

_LINK_VERSION: Version = (1, 0)


def read_links(schema: Schema) -> list[Link]:
    """All links of the schema (link specification v1.0), whose applications are marked as such.

    Raises `SubgraphUnreadable` for those that cannot be read, that name no known version or that clash.
    """
    name = _link_directive(schema)
    links: list[Link] = []
    errors: list[CompositionError] = []
    for application in schema.applied:
        if application.name != name:
            continue
        application.federation = "link"
        try:
            link = parse_link(application.arguments)
            _check_version(link)
            _check_clashes(link, links, Link(LINK_IDENTITY, "link", _LINK_VERSION, name))
        except LinkUnreadable as error:
            errors.append(CompositionError(error.code, error.message, (application.location,)))
        else:
            links.append(link)
    if errors:
        raise SubgraphUnreadable(errors)
    return links


def federation_version(links: list[Link]) -> Version:
    """The version of federation that is linked, that of federation 1 without such a link."""
    return next((link.version for link in links if link.identity == FEDERATION_IDENTITY), FEDERATION_1)


def find_unknown_imports(schema: Schema, links: list[Link]) -> list[CompositionError]:
    """Report imports from federation that its linked version does not have."""
    return [
        CompositionError(
            "INVALID_LINK_DIRECTIVE_USAGE",
            f'"{link.url}" has no "{original}"; remove the import or link a version that has it.',
            (link_location(schema, link),),
        )
        for link in links
        if link.identity == FEDERATION_IDENTITY
        for original in link.imports.values()
        if original not in {"@link", *(f"@{each.name}" for each in directives_at(link.version))}
        and original not in types_at(link.version)
    ]


def link_location(schema: Schema, link: Link) -> Location:
    """Where in the SDL the link is written."""
    return next(
        (each.location for each in schema.applied if each.federation == "link" and each.arguments == link.arguments),
        NOWHERE,
    )


def _link_directive(schema: Schema) -> str:
    for application in schema.applied:
        url = application.arguments.get("url")
        alias = application.arguments.get("as") or "link"
        if isinstance(url, str) and url.startswith(f"{LINK_IDENTITY}/") and application.name == alias:
            return application.name
    return "link"


def _check_version(link: Link) -> None:
    if link.identity == FEDERATION_IDENTITY and link.version not in VERSIONS:
        known = f"v{VERSIONS[0][0]}.{VERSIONS[0][1]} to v{VERSIONS[-1][0]}.{VERSIONS[-1][1]}"
        raise LinkUnreadable("UNKNOWN_FEDERATION_LINK_VERSION", f'"{link.url}" does not exist; link one of {known}.')
    if link.identity == LINK_IDENTITY and link.version != _LINK_VERSION:
        raise LinkUnreadable("UNKNOWN_LINK_VERSION", f'"{link.url}" does not exist; link {LINK_IDENTITY}/v1.0.')


def _check_clashes(link: Link, others: list[Link], implied: Link) -> None:
    """Refuse a link whose names could be those of another; the link specification itself is linked in any case."""
    if any(other.identity == link.identity for other in others):
        raise LinkUnreadable("INVALID_LINK_DIRECTIVE_USAGE", f'"{link.identity}" is linked twice; keep one.')
    for local, original in link.imports.items():
        if local.removeprefix("@").startswith(f"{link.alias}__") and _own_name(link, original) != local:
            message = f'"{original}" is imported as "{local}", which names another element of "{link.url}"; rename it.'
            raise LinkUnreadable("INVALID_LINK_DIRECTIVE_USAGE", message)
    for other in [implied, *others]:
        problem = _explain_clash(link, other) if other.identity != link.identity else None
        if problem:
            raise LinkUnreadable("INVALID_LINK_DIRECTIVE_USAGE", f"{problem}; give one another name with `as`.")


def _explain_clash(link: Link, other: Link) -> str | None:
    if other.alias == link.alias:
        return f'"{other.url}" and "{link.url}" are both called "{link.alias}"'
    shared = sorted(link.imports.keys() & other.imports.keys())
    if shared:
        return f'"{shared[0]}" is imported from "{other.url}" and from "{link.url}"'
    for importing, named in ((link, other), (other, link)):
        for local in importing.imports:
            if local == f"@{named.alias}" or local.removeprefix("@").startswith(f"{named.alias}__"):
                return f'"{local}" is imported from "{importing.url}" and would be a name of "{named.url}"'
    return None


def _own_name(link: Link, original: str) -> str:
    """What an element of the specification is called without an import."""
    sign = "@" if original.startswith("@") else ""
    return f"{sign}{link.alias}__{original.removeprefix('@')}"
