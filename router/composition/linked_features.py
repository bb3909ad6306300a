"""The specifications that a subgraph links: what is known of them, and which ones stop the composition."""

from __future__ import annotations

from entrepot.router.composition.definitions import Schema
from entrepot.router.composition.errors import CompositionError
from entrepot.router.composition.links import link_location
from entrepot.router.federation.compose_directive import parse_compose_directive
from entrepot.router.federation.link import PURPOSES, Link
from entrepot.router.federation.spec import DIRECTIVES

SPECIFICATIONS = "https://specs.apollo.dev/"
STANDARD_FEATURES = frozenset(
    specification.feature for specification in DIRECTIVES.values() if specification.feature is not None
)

_KNOWN = frozenset(f"{SPECIFICATIONS}{name}" for name in STANDARD_FEATURES | {"federation", "link"})
_CONNECTORS = f"{SPECIFICATIONS}connect"


def check_linked_features(schema: Schema, links: list[Link]) -> list[CompositionError]:
    """Report links to what must be understood and is not (link specification v1.0, `for`).

    An essential feature that nobody understands would be left out of the supergraph, and its fields served without
    it. One whose directives are composed is in the supergraph, and judged by the router that serves it.
    """
    composed = _composed_directives(schema)
    errors = []
    for link in links:
        purpose = str(link.arguments.get("for"))
        if link.identity == _CONNECTORS:
            message = (
                f'"{link.url}" cannot be composed: connectors are not supported; resolve the fields in the subgraph '
                "itself and remove the link."
            )
        elif (
            purpose in PURPOSES
            and link.identity not in _KNOWN
            and not any(link.original_directive(name) for name in composed)
        ):
            message = (
                f'"{link.url}" is linked for {purpose} and not understood, so its directives would be lost; '
                "compose them with @composeDirective, or remove `for` if the graph may be served without them."
            )
        else:
            continue
        errors.append(CompositionError("UNSUPPORTED_LINKED_FEATURE", message, (link_location(schema, link),)))
    return errors


def _composed_directives(schema: Schema) -> list[str]:
    return [
        parse_compose_directive(each.arguments).removeprefix("@")
        for each in schema.applied
        if each.federation == "composeDirective"
    ]
