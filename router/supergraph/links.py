"""The specifications a supergraph links (`@link`, before that `@core`) and what their elements are called in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from graphql.language import DirectiveNode

from entrepot.router.errors import SupergraphInvalid
from entrepot.router.federation.literals import read_literal

_URL = re.compile(r"^(?P<identity>.+)/v(?P<major>\d+)\.(?P<minor>\d+)/?$")
_SPECIFICATION_URL = "specs.apollo.dev"
_UNDERSTOOD = frozenset(
    f"https://{_SPECIFICATION_URL}/{name}"
    for name in (
        *("authenticated", "cacheTag", "context", "core", "cost", "inaccessible", "join", "link", "policy"),
        *("requiresScopes", "tag"),
    )
)
_PURPOSES = frozenset({"EXECUTION", "SECURITY"})


@dataclass(frozen=True, slots=True)
class LinkedSpecification:
    """One linked specification: its name, version, the prefix of its elements, and the imported names."""

    name: str
    identity: str
    version: tuple[int, int]
    prefix: str
    imports: dict[str, str] = field(default_factory=dict)

    def directive_name(self, name: str) -> str:
        """What the specification's directive `@name` is called in the document (link v1.0, name conventions)."""
        imported = self.imports.get(f"@{name}")
        if imported is not None:
            return imported[1:]
        return self.prefix if name == self.name else f"{self.prefix}__{name}"

    def type_name(self, name: str) -> str:
        return self.imports.get(name, f"{self.prefix}__{name}")

    def owns(self, element: str, *, is_directive: bool) -> bool:
        """Whether an element of the document belongs to this specification."""
        if element.startswith(f"{self.prefix}__"):
            return True
        if is_directive:
            return element == self.prefix or f"@{element}" in self.imports.values()
        return element in self.imports.values()


@dataclass(frozen=True, slots=True)
class Links:
    """All links of a supergraph, by the name of the specification."""

    by_name: dict[str, LinkedSpecification]

    def directive_name(self, specification: str, directive: str | None = None) -> str | None:
        """What `@directive` of the specification is called, None when the specification is not linked."""
        link = self.by_name.get(specification)
        return None if link is None else link.directive_name(directive or specification)

    def owns(self, element: str, *, is_directive: bool) -> bool:
        """Whether the element belongs to a specification and so not to what clients see."""
        return any(
            link.owns(element, is_directive=is_directive)
            for link in self.by_name.values()
            if _SPECIFICATION_URL in link.identity
        )


def read_links(directives: Iterable[DirectiveNode]) -> Links:
    """The links among the schema's directives.

    `SupergraphInvalid` when the join specification is not linked, or one that is needed to execute or to protect the
    graph is not understood here (link v1.0, `Purpose`).
    """
    links: dict[str, LinkedSpecification] = {}
    for directive in directives:
        arguments = {argument.name.value: read_literal(argument.value) for argument in directive.arguments or ()}
        url = arguments.get("url") or arguments.get("feature")
        if not isinstance(url, str) or directive.name.value in {"specifiedBy", "contact", "tag"}:
            continue
        link = _read_link(url, arguments)
        if link is not None:
            _check_purpose(link, url, arguments.get("for"))
            links[link.name] = link
    if "join" not in links:
        raise SupergraphInvalid("The schema links no join specification, so it is not a supergraph.")
    links.setdefault("link", LinkedSpecification("link", f"https://{_SPECIFICATION_URL}/link", (1, 0), "link"))
    return Links(links)


def _check_purpose(link: LinkedSpecification, url: str, purpose: object) -> None:
    if purpose in _PURPOSES and link.identity not in _UNDERSTOOD:
        raise SupergraphInvalid(
            f"The supergraph links {url} for {purpose}, which this router does not know and so cannot leave out. "
            "Compose it without the subgraphs' use of that specification."
        )


def _read_link(url: str, arguments: dict[str, Any]) -> LinkedSpecification | None:
    match = _URL.match(url)
    if match is None:
        return None
    identity = match["identity"]
    name = identity.rsplit("/", 1)[-1]
    imports: dict[str, str] = {}
    for item in arguments.get("import") or ():
        if isinstance(item, dict):
            imports[str(item["name"])] = str(item.get("as") or item["name"])
        else:
            imports[str(item)] = str(item)
    version = (int(match["major"]), int(match["minor"]))
    return LinkedSpecification(name, identity, version, arguments.get("as") or name, imports)
