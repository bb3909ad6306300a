"""The changes that are made to a subgraph, one function each; None where there is nothing to change."""

from __future__ import annotations

import re
from random import Random
from typing import Any

from graphql.language import ListValueNode, NonNullTypeNode

from tests.support.composition_mutations.directives import (
    DIRECTIVES,
    imported_names,
    local_name,
    random_application,
    random_field_set,
)
from tests.support.composition_mutations.source import Part, Source, argument_of, inner_type, string_of

_TYPED = ("FIELD_DEFINITION", "ARGUMENT_DEFINITION", "INPUT_FIELD_DEFINITION")
_SCALARS = ("ID", "String", "Int", "Float", "Boolean")


def _pick(source: Source, random: Random, *locations: str) -> Part | None:
    parts = [part for part in source.parts if part.location in locations]
    return random.choice(parts) if parts else None


def drop_directive(source: Source, random: Random) -> str | None:
    applied = [each for part in source.parts for each in part.node.directives or ()]
    return source.cut(random.choice(applied)) if applied else None


def add_directive(source: Source, random: Random) -> str | None:
    found = random_application(source, random)
    return source.apply(*found) if found else None


def add_imported_directive(source: Source, random: Random) -> str | None:
    """With its import, where the link lists imports."""
    found = random_application(source, random)
    link = source.federation_link
    if found is None or link is None:
        return None
    part, application = found
    prefix = f"@{string_of(link, 'as') or 'federation'}__"
    if application.startswith(prefix):
        name = re.match(r"\w+", application.removeprefix(prefix))
        listed = argument_of(link, "import")
        if name is not None and isinstance(listed, ListValueNode):
            text = source.apply(part, "@" + application.removeprefix(prefix))
            at = listed.loc.end - 1 if part.node.loc.start > listed.loc.end else None
            return text if at is None else f'{text[:at]}, "@{name.group()}"{text[at:]}'
    return source.apply(part, application)


def change_field_set(source: Source, random: Random) -> str | None:
    names = {local_name(source, name): name for name in ("key", "requires", "provides")}
    found = [(part, each) for part in source.parts for each in part.node.directives or () if each.name.value in names]
    if not found:
        return None
    part, directive = random.choice(found)
    value = argument_of(directive, "fields")
    if value is None:
        return None
    is_provided = names[directive.name.value] == "provides" and hasattr(part.node, "type")
    owner = inner_type(part.node.type) if is_provided else part.owner
    return source.replace(value, f'"{random_field_set(source, owner, random)}"')


def change_directive_argument(source: Source, random: Random) -> str | None:
    """Written anew, or left out."""
    applied = [(part, each) for part in source.parts for each in part.node.directives or () if each.arguments]
    if not applied:
        return None
    part, directive = random.choice(applied)
    if random.random() < 0.2:
        return source.cut(random.choice(directive.arguments))
    names = {local_name(source, name): name for name in DIRECTIVES}
    name = names.get(directive.name.value)
    if name is None or (name == "provides" and not hasattr(part.node, "type")):
        return None
    return source.replace(directive, f"@{directive.name.value}{DIRECTIVES[name][1](source, part, random)}")


def change_type(source: Source, random: Random) -> str | None:
    part = _pick(source, random, *_TYPED)
    if part is None:
        return None
    names = [*_SCALARS, *(node.name.value for peer in source.peers for node in peer.types)]
    written = source.said(part.node.type)
    return source.replace(part.node.type, re.sub(r"\w+", random.choice(names), written))


def change_nullability(source: Source, random: Random) -> str | None:
    part = _pick(source, random, *_TYPED)
    if part is None:
        return None
    kind = part.node.type
    written = source.said(kind)
    return source.replace(kind, written[:-1] if isinstance(kind, NonNullTypeNode) else f"{written}!")


def change_list(source: Source, random: Random) -> str | None:
    part = _pick(source, random, *_TYPED)
    if part is None:
        return None
    kind = part.node.type
    written = source.said(kind)
    inner = re.fullmatch(r"\[(.*)\]!?", written)
    return source.replace(kind, inner[1] if inner else random.choice([f"[{written}]", f"[{written}]!"]))


def change_default(source: Source, random: Random) -> str | None:
    part = _pick(source, random, "ARGUMENT_DEFINITION", "INPUT_FIELD_DEFINITION")
    if part is None:
        return None
    value = random.choice(["1", "2", '"x"', "null", "true", "[]", "{}", "[1]", "FIRST", *_values_of(source, part.node)])
    if part.node.default_value is None:
        return source.insert(part.node.type.loc.end, f" = {value}")
    if random.random() < 0.4:
        written = source.text[part.node.type.loc.end : part.node.default_value.loc.end]
        return source.splice(part.node.type.loc.end, part.node.type.loc.end + len(written), "")
    return source.replace(part.node.default_value, value)


def _values_of(source: Source, node: Any) -> list[str]:
    kind = inner_type(node.type)
    return [
        each.name.value for enum in source.of_kind("enum_type") if enum.name.value == kind for each in enum.values or ()
    ]


def drop_part(source: Source, random: Random) -> str | None:
    part = _pick(source, random, *_TYPED, "ENUM_VALUE")
    return source.cut(part.node) if part else None


def copy_part(source: Source, random: Random) -> str | None:
    """A field, input field or value that another subgraph has of the type; or one that none has."""
    target = _pick(source, random, "OBJECT", "INTERFACE", "INPUT_OBJECT", "ENUM")
    if target is None or not source.said(target.node).endswith("}"):
        return None
    wanted = {"ENUM": "ENUM_VALUE", "INPUT_OBJECT": "INPUT_FIELD_DEFINITION"}.get(target.location, "FIELD_DEFINITION")
    copies = [
        peer.said(part.node)
        for peer in source.peers
        for part in peer.parts
        if part.owner == target.owner and part.location == wanted and peer is not source
    ]
    new = "EXTRA" if wanted == "ENUM_VALUE" else random.choice(["extra: Int", "extra: String!"])
    text = random.choice(copies) if copies and random.random() < 0.8 else new
    return source.insert(target.node.loc.end - 1, f"\n  {text}\n")


def add_argument(source: Source, random: Random) -> str | None:
    part = _pick(source, random, "FIELD_DEFINITION")
    if part is None:
        return None
    argument = random.choice(["extra: Int", "extra: Int!", "extra: Int = 1", "first: Int", "first: Int!"])
    if part.node.arguments:
        return source.insert(part.node.arguments[0].loc.start, f"{argument}, ")
    return source.insert(part.node.name.loc.end, f"({argument})")


def drop_interface(source: Source, random: Random) -> str | None:
    named = [each for node in source.types for each in getattr(node, "interfaces", None) or ()]
    return source.cut(random.choice(named)) if named else None


def add_interface(source: Source, random: Random) -> str | None:
    nodes = source.of_kind("object_type", "interface_type")
    names = [node.name.value for peer in source.peers for node in peer.of_kind("interface_type")]
    if not nodes or not names:
        return None
    node = random.choice(nodes)
    name = random.choice(names)
    if node.interfaces:
        return source.insert(node.interfaces[-1].loc.end, f" & {name}")
    return source.insert(node.name.loc.end, f" implements {name}")


def change_members(source: Source, random: Random) -> str | None:
    unions = [node for node in source.of_kind("union_type") if node.types]
    if not unions:
        return None
    union = random.choice(unions)
    if random.random() < 0.5:
        return source.cut(random.choice(union.types))
    names = [node.name.value for peer in source.peers for node in peer.of_kind("object_type")]
    return source.insert(union.types[-1].loc.end, f" | {random.choice(names)}") if names else None


def drop_type(source: Source, random: Random) -> str | None:
    return source.cut(random.choice(source.types)) if source.types else None


def copy_type(source: Source, random: Random) -> str | None:
    """A type of another subgraph, as it is there."""
    own = {node.name.value for node in source.types}
    copies = [peer.said(node) for peer in source.peers for node in peer.types if node.name.value not in own]
    return f"{source.text}\n{random.choice(copies)}\n" if copies else None


def change_kind(source: Source, random: Random) -> str | None:
    """A definition becomes an extension or back, an object an interface or back."""
    if not source.types:
        return None
    node = random.choice(source.types)
    said = source.said(node)
    changed = random.choice(
        [
            re.sub(r"^extend ", "", said) if said.startswith("extend ") else f"extend {said}",
            re.sub(r"\btype\b", "interface", said, count=1),
            re.sub(r"\binterface\b", "type", said, count=1),
        ]
    )
    return source.replace(node, changed)


def change_description(source: Source, random: Random) -> str | None:
    part = _pick(source, random, "OBJECT", "INTERFACE", "ENUM", "INPUT_OBJECT", "UNION", *_TYPED, "ENUM_VALUE")
    if part is None or source.said(part.node).startswith("extend"):
        return None
    if part.node.description is not None:
        return source.replace(part.node.description, random.choice(['"one"', '"other"', '""']))
    return source.insert(part.node.loc.start, random.choice(['"one" ', '"other" ', '"""\n  one\n  """ ']))


def change_link_version(source: Source, random: Random) -> str | None:
    link = source.federation_link
    if link is None:
        return None
    version = random.choice([f"v2.{minor}" for minor in range(15)] + ["v2.99", "v3.0"])
    return source.replace(link, re.sub(r"/v\d+\.\d+", f"/{version}", source.said(link), count=1))


def change_imports(source: Source, random: Random) -> str | None:
    """One import fewer, one more, or one under another name."""
    link = source.federation_link
    listed = argument_of(link, "import") if link else None
    if not isinstance(listed, ListValueNode):
        return None
    items = list(listed.values)
    what = random.random()
    if items and what < 0.4:
        return source.cut(random.choice(items))
    imports = imported_names(source)
    if what < 0.7:
        others = [name for name in DIRECTIVES if name not in imports and name != "deprecated"]
        return source.insert(listed.loc.end - 1, f', "@{random.choice(others)}"') if others else None
    names = sorted(imports)
    if not names:
        return None
    name = random.choice(names)
    renamed = re.sub(rf"@{re.escape(imports[name])}\b", f"@my{name.capitalize()}", source.text)
    return re.sub(rf'"@my{name.capitalize()}"', f'{{name: "@{name}", as: "@my{name.capitalize()}"}}', renamed, count=1)
