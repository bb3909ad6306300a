"""`@link(url:, as:, for:, import:)`: which specifications a schema uses, and under which names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from entrepot.router.federation.directive import Arguments, Version
from entrepot.router.federation.literals import EnumLiteral, Literal, print_literal

LINK_IDENTITY = "https://specs.apollo.dev/link"
FEDERATION_IDENTITY = "https://specs.apollo.dev/federation"
PURPOSES = ("SECURITY", "EXECUTION")

_URL = re.compile(
    r"^(?P<identity>[a-zA-Z][a-zA-Z0-9+.\-]*://[^/]+/(?:.*/)?(?P<name>[^/]+))/v(?P<major>\d+)\.(?P<minor>\d+)/?$"
)
_NAME = re.compile(r"^[_A-Za-z][_0-9A-Za-z]*$")


class LinkUnreadable(Exception):
    """An application of `@link` that says nothing usable; `code` is the composition error it stands for."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Link:
    """One linked specification; `imports` maps each local name (`@x` or `X`) to the specification's own."""

    identity: str
    name: str
    version: Version
    alias: str
    imports: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, Literal] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"{self.identity}/v{self.version[0]}.{self.version[1]}"

    def local_directive(self, name: str) -> str:
        """What the directive `name` (no `@`) of the specification is called in this schema."""
        for local, original in self.imports.items():
            if original == f"@{name}":
                return local[1:]
        return self.alias if name == self.name else f"{self.alias}__{name}"

    def local_type(self, name: str) -> str:
        """What the type `name` of the specification is called in this schema."""
        for local, original in self.imports.items():
            if original == name:
                return local
        return f"{self.alias}__{name}"

    def original_directive(self, local: str) -> str | None:
        """The specification's name of the directive called `local` here, None when it is not from here."""
        imported = self.imports.get(f"@{local}")
        if imported is not None:
            return imported[1:]
        prefix = f"{self.alias}__"
        if local.startswith(prefix):
            name = local[len(prefix) :]
        elif local == self.alias:
            name = self.name
        else:
            return None
        return None if f"@{name}" in self.imports.values() else name


def parse_link(arguments: Arguments) -> Link:
    """The typed value of one application of `@link` (link specification v1.0).

    Raises `LinkUnreadable` for a URL without name or version and for imports that cannot be read.
    """
    url = arguments.get("url")
    if not isinstance(url, str):
        raise LinkUnreadable("INVALID_LINK_DIRECTIVE_USAGE", "@link has no `url`; name a specification with it.")
    match = _URL.match(url)
    if match is None:
        raise LinkUnreadable(
            "INVALID_LINK_IDENTIFIER",
            f'"{url}" does not name a specification; write <address>/<name>/v<major>.<minor>.',
        )
    name = match["name"]
    purpose = arguments.get("for")
    if purpose is not None and not (isinstance(purpose, EnumLiteral) and purpose in PURPOSES):
        message = f'"{url}" is linked `for` {print_literal(purpose)}; write SECURITY or EXECUTION, or leave it out.'
        raise LinkUnreadable("INVALID_GRAPHQL", message)
    alias = arguments.get("as")
    if isinstance(alias, str) and (not _NAME.match(alias) or "__" in alias or alias.endswith("_")):
        raise LinkUnreadable(
            "INVALID_LINK_DIRECTIVE_USAGE", f'"{alias}" cannot prefix the names of "{url}"; write a name without "__".'
        )
    return Link(
        identity=match["identity"],
        name=name,
        version=(int(match["major"]), int(match["minor"])),
        alias=alias if isinstance(alias, str) else name,
        imports=_parse_imports(url, arguments.get("import")),
        arguments=dict(arguments),
    )


def _parse_imports(url: str, imports: Literal) -> dict[str, str]:
    parsed: dict[str, str] = {}
    if imports is None:
        return parsed
    for item in imports if isinstance(imports, list) else [imports]:
        original, local = _parse_import(url, item)
        if original.startswith("@") != local.startswith("@"):
            raise LinkUnreadable(
                "INVALID_LINK_DIRECTIVE_USAGE",
                f'Import of "{original}" from "{url}" as "{local}": one has an "@"; write it before both or neither.',
            )
        if parsed.get(local, original) != original:
            message = (
                f'"{parsed[local]}" and "{original}" of "{url}" are both imported as "{local}"; rename one with `as`.'
            )
            raise LinkUnreadable("INVALID_LINK_DIRECTIVE_USAGE", message)
        if original in parsed.values() and local not in parsed:
            message = f'"{original}" of "{url}" is imported under two names; keep one.'
            raise LinkUnreadable("INVALID_LINK_DIRECTIVE_USAGE", message)
        parsed[local] = original
    return parsed


def _parse_import(url: str, item: Literal) -> tuple[str, str]:
    if isinstance(item, str):
        return item, item
    if isinstance(item, dict) and isinstance(item.get("name"), str) and set(item) <= {"name", "as"}:
        original: str = item["name"]
        local = item.get("as") or original
        if isinstance(local, str):
            return original, local
    raise LinkUnreadable(
        "INVALID_LINK_DIRECTIVE_USAGE",
        f'An import from "{url}" cannot be read; write a name, or {{name: "...", as: "..."}}.',
    )
