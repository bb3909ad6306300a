"""`@composeDirective`: which directives of the users' own go into the supergraph, and from which specification."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from entrepot.router.composition.definitions import DirectiveDefinition, Location
from entrepot.router.composition.errors import CompositionError
from entrepot.router.composition.hints import CompositionHint, build_hint
from entrepot.router.composition.subgraph import Subgraph, federation_name
from entrepot.router.federation.compose_directive import parse_compose_directive
from entrepot.router.federation.link import FEDERATION_IDENTITY, LINK_IDENTITY, Link
from entrepot.router.federation.spec import DIRECTIVES


@dataclass(frozen=True, slots=True)
class ComposedDirective:
    """One directive to compose: its local name, the newest link that brings it and the definition there."""

    name: str
    original: str
    link: Link
    definition: DirectiveDefinition
    subgraphs: frozenset[str]


@dataclass(slots=True)
class ComposedDirectives:
    """All directives to compose, by the name they have in the supergraph."""

    by_name: dict[str, ComposedDirective] = field(default_factory=dict)

    @classmethod
    def read(
        cls, subgraphs: Iterable[Subgraph]
    ) -> tuple[ComposedDirectives, list[CompositionError], list[CompositionHint]]:
        """Collect and check every `@composeDirective`."""
        reading = _Reading(tuple(subgraphs))
        return reading.read(), reading.errors, reading.hints


@dataclass(slots=True)
class _Item:
    subgraph: Subgraph
    name: str
    original: str
    link: Link
    location: Location


def _places_of(items: Iterable[_Item]) -> tuple[Location, ...]:
    return tuple(dict.fromkeys(item.location for item in items))


class _Reading:
    def __init__(self, subgraphs: tuple[Subgraph, ...]) -> None:
        self.subgraphs = subgraphs
        self.errors: list[CompositionError] = []
        self.hints: list[CompositionHint] = []

    def read(self) -> ComposedDirectives:
        items = [item for subgraph in self.subgraphs for item in self._read_subgraph(subgraph)]
        composed = ComposedDirectives()
        for identity in dict.fromkeys(item.link.identity for item in items):
            same = [item for item in items if item.link.identity == identity]
            if self._majors_agree(identity, same):
                self._compose(composed, same, items)
        self._warn_of_uncomposed(composed)
        return composed

    def _read_subgraph(self, subgraph: Subgraph) -> Iterable[_Item]:
        for application in subgraph.schema.applied:
            if application.federation != "composeDirective":
                continue
            text = parse_compose_directive(application.arguments)
            name = text[1:]
            link = subgraph.link_of(name) if text.startswith("@") else None
            problem = self._explain(subgraph, text, link)
            if problem is not None:
                self.errors.append(CompositionError("DIRECTIVE_COMPOSITION_ERROR", problem, (application.location,)))
                continue
            assert link is not None
            if name.startswith("join__"):
                message = (
                    f'"{text}" is composed and would be a name of the join specification; import it under another.'
                )
                places = (subgraph.link_location(link),)
                self.errors.append(CompositionError("INVALID_LINK_DIRECTIVE_USAGE", message, places))
                continue
            original = link.original_directive(name) or name
            if federation_name(name, subgraph.links, subgraph.version):
                message = f'"@{original}" is composed without being asked; remove the @composeDirective.'
                self.hints.append(build_hint("DIRECTIVE_COMPOSITION_INFO", message, f"@{name}"))
                continue
            yield _Item(subgraph, name, original, link, application.location)

    def _explain(self, subgraph: Subgraph, text: str, link: Link | None) -> str | None:
        """Why this directive cannot be composed, None when it can."""
        name = text[1:]
        federation = federation_name(name, subgraph.links, subgraph.version)
        is_of_federation = link is not None and link.identity in (FEDERATION_IDENTITY, LINK_IDENTITY)
        is_private = DIRECTIVES[federation].feature is None if federation else is_of_federation
        checks = (
            (not text, 'The argument of @composeDirective names no directive; write one, such as "@mine".'),
            (not text.startswith("@"), f'The argument of @composeDirective does not begin with "@"; write "@{text}".'),
            (is_private, f'"{text}" belongs to federation itself and cannot be composed; remove it.'),
            (
                name not in subgraph.schema.directives and not federation,
                f'"{text}" is not defined in "{subgraph.name}"; define it to compose it.',
            ),
            (link is None, f'"{text}" is not part of a linked specification; add an @link that imports it.'),
        )
        return next((message for is_wrong, message in checks if is_wrong), None)

    def _majors_agree(self, identity: str, items: list[_Item]) -> bool:
        majors = {item.link.version[0] for item in items}
        if len(majors) > 1:
            self.errors.append(
                CompositionError(
                    "DIRECTIVE_COMPOSITION_ERROR",
                    f'"{identity}" is linked in different major versions; agree on one to compose its directives.',
                    tuple(dict.fromkeys(item.subgraph.link_location(item.link) for item in items)),
                )
            )
            return False
        others = {
            link.version[0] for subgraph in self.subgraphs for link in subgraph.links if link.identity == identity
        }
        if others != majors:
            message = f'"{identity}" is linked in other major versions too, by subgraphs that compose nothing of it.'
            self.hints.append(build_hint("DIRECTIVE_COMPOSITION_INFO", message, identity))
        return True

    def _compose(self, composed: ComposedDirectives, items: list[_Item], every: list[_Item]) -> None:
        newest = max(item.link.version for item in items)
        for original in dict.fromkeys(item.original for item in items):
            same = [item for item in items if item.original == original]
            names = sorted({item.name for item in same})
            if len(names) > 1:
                listed = ", ".join(f'"@{name}"' for name in names)
                self.errors.append(
                    CompositionError(
                        "DIRECTIVE_COMPOSITION_ERROR",
                        f'"@{original}" is composed under different names ({listed}); import it under one.',
                        _places_of(same),
                    )
                )
                continue
            name = names[0]
            if name in composed.by_name:
                self.errors.append(
                    CompositionError(
                        "DIRECTIVE_COMPOSITION_ERROR",
                        f'"@{name}" comes from "{composed.by_name[name].link.identity}" and from '
                        f'"{same[0].link.identity}"; give one another name with `as`.',
                        _places_of([item for item in every if item.name == name]),
                    )
                )
                continue
            definer = max(reversed(same), key=lambda item: item.link.version)
            link = next(item.link for item in items if item.link.version == newest)
            composed.by_name[name] = ComposedDirective(
                name,
                original,
                link,
                definer.subgraph.schema.directives[name],
                frozenset(item.subgraph.name for item in same),
            )

    def _warn_of_uncomposed(self, composed: ComposedDirectives) -> None:
        for name, directive in composed.by_name.items():
            for subgraph in self.subgraphs:
                if subgraph.name in directive.subgraphs:
                    continue
                link = next((each for each in subgraph.links if each.identity == directive.link.identity), None)
                if (
                    link is not None
                    and link.local_directive(directive.original) != name
                    and any(original == f"@{directive.original}" for original in link.imports.values())
                ):
                    message = (
                        f'"@{directive.original}" is composed as "@{name}" and imported under another name by '
                        f'"{subgraph.name}", which does not compose it; its uses there are left out.'
                    )
                    self.hints.append(build_hint("DIRECTIVE_COMPOSITION_WARN", message, f"@{name}"))
