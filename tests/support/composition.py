"""Subgraphs written in a line or two, composed for a test."""

from __future__ import annotations

from entrepot.router.composition import CompositionResult, SubgraphSchema, compose

IMPORTS = [
    "key",
    "external",
    "requires",
    "provides",
    "shareable",
    "override",
    "inaccessible",
    "tag",
    "interfaceObject",
    "composeDirective",
    "extends",
    "authenticated",
    "requiresScopes",
    "policy",
    "context",
    "fromContext",
    "cost",
    "listSize",
]


def link(version: str = "2.9") -> str:
    """The `@link` of a federation 2 subgraph that imports all that its version has."""
    since = {"interfaceObject": 3, "composeDirective": 1, "authenticated": 5, "requiresScopes": 5, "policy": 6}
    since |= {"context": 8, "fromContext": 8, "cost": 9, "listSize": 9}
    minor = int(version.partition(".")[2])
    imports = ", ".join(f'"@{name}"' for name in IMPORTS if since.get(name, 0) <= minor)
    return f'extend schema @link(url: "https://specs.apollo.dev/federation/v{version}", import: [{imports}])\n'


def compose_sdl(version: str = "2.9", /, **sdl: str) -> CompositionResult:
    """Compose federation 2 subgraphs given as name=SDL without their `@link`."""
    return compose([SubgraphSchema(name, f"http://{name}", link(version) + text) for name, text in sdl.items()])


def supergraph_of(version: str = "2.9", /, **sdl: str) -> str:
    """The supergraph of subgraphs that must compose."""
    result = compose_sdl(version, **sdl)
    assert result.supergraph_sdl is not None, "\n".join(map(str, result.errors))
    return result.supergraph_sdl


def codes_of(version: str = "2.9", /, **sdl: str) -> set[str]:
    """The error codes of subgraphs."""
    return {error.code for error in compose_sdl(version, **sdl).errors}
