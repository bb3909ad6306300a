"""The generated page of docs/ about the configuration: each section, and each key with type, default, description."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any, Final

from entrepot.router.config import build_config_schema, describe_fields, list_sections

_PART: Final = re.compile(r"(?<!^)(?=[A-Z])")
_INTRODUCTION: Final = """\
# Configuration of the router

Generated from the code by `scripts/docs`; change the code instead of this page. For what the features do and when to
use them, see [traffic](traffic.md), [response cache](caching.md), [security](security.md),
[observability](observability.md) and [lifecycle](lifecycle.md).

The file is YAML: `entrepot router --config FILE`. Keys are optional unless marked as required; an unknown key is
refused, with the nearest known one as a hint. `${NAME}` and `${NAME:-default}` are replaced by environment variables,
for numbers and booleans too. `entrepot router --config FILE --print-config` prints
the effective configuration, with defaults and without secrets.

Editors complete and check the file by [its JSON Schema](../schema/router-config.schema.json): begin it with
`# yaml-language-server: $schema=<path or URL of the schema>`."""


def print_configuration_page() -> str:
    """The page, as Markdown."""
    definitions = build_config_schema()["$defs"]
    sections = [_print_section(section, definitions[section.__name__]) for section in list_sections()]
    return "\n\n".join([_INTRODUCTION, *sections]) + "\n"


def _print_section(section: Any, definition: dict[str, Any]) -> str:
    required, described = definition.get("required", ()), describe_fields(section)
    rows = ["| key | type | default | description |", "| --- | --- | --- | --- |"]
    for field in dataclasses.fields(section):
        schema = definition["properties"][field.name]
        default = "required" if field.name in required else _print_default(field)
        description = described.get(field.name, "").replace("|", "&#124;")
        rows.append(f"| `{field.name}` | {_print_type(schema)} | {default} | {description} |")
    paragraphs = [" ".join(part.split()) for part in (section.__doc__ or "").split("\n\n")]
    return "\n\n".join([f"## {_title(section.__name__)}", *paragraphs, "\n".join(rows)])


def _print_default(field: dataclasses.Field[Any]) -> str:
    value = field.default if field.default is not dataclasses.MISSING else None
    if field.default_factory is not dataclasses.MISSING:
        value = field.default_factory()
    if dataclasses.is_dataclass(value):
        return "its defaults"
    text = json.dumps(value, default=list)
    return f"`{text}`".replace("|", "&#124;")


def _print_type(schema: dict[str, Any]) -> str:
    """The type in words; what a variable may stand in for is said once for all."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{_title(name)}](#{_anchor(name)})"
    if "anyOf" in schema:
        options = [each for each in schema["anyOf"] if "${" not in str(each.get("pattern", "")).replace("\\", "")]
        return " or ".join(_print_type(each) for each in options)
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_print_type(schema['items'])}"
    if schema.get("type") == "object":
        return f"map of name to {_print_type(schema.get('additionalProperties') or {})}"
    bounds = [
        text.format(schema[name])
        for name, text in (
            ("minimum", "at least {}"),
            ("exclusiveMinimum", "above {}"),
            ("maximum", "at most {}"),
            ("pattern", "like `{}`"),
        )
        if name in schema
    ]
    return ", ".join([str(schema.get("type", "anything")), *bounds]).replace("|", "&#124;")


def _title(name: str) -> str:
    words = _PART.sub(" ", name.removesuffix("Config")).lower()
    return words.capitalize()


def _anchor(name: str) -> str:
    return _title(name).lower().replace(" ", "-")
