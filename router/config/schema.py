"""The JSON Schema of the configuration, for editors that complete and check it while it is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from entrepot.router.config.descriptions import describe_fields
from entrepot.router.config.model import RouterConfig

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
# What a variable of the environment may stand in for is text in the file, whatever its type.
_VARIABLE: Final = {"type": "string", "pattern": r"\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}"}
_FILLED: Final = frozenset({"integer", "number", "boolean"})


def build_config_schema() -> dict[str, Any]:
    """A schema that refuses unknown keys, as the router does, and lets `${NAME}` stand in for any plain value."""
    (root,), components = msgspec.json.schema_components([RouterConfig], ref_template="#/$defs/{name}")
    descriptions = {section.__name__: describe_fields(section) for section in list_sections()}
    sections = {name: _complete(schema, descriptions[name]) for name, schema in sorted(components.items())}
    return {"$schema": _DIALECT, "title": "Configuration of the Entrepot router", **root, "$defs": sections}


def _complete(schema: dict[str, Any], descriptions: Mapping[str, str]) -> dict[str, Any]:
    schema = _allow_variables(schema)
    if schema.get("type") == "object" and "properties" in schema:
        for name, text in descriptions.items():
            schema["properties"][name] = {**schema["properties"][name], "description": text}
        schema["additionalProperties"] = False
    if "description" in schema:
        schema["description"] = " ".join(schema["description"].split())
    return schema


def _allow_variables(schema: Any) -> Any:
    """The schema with a variable beside every value that is not text anyway."""
    if isinstance(schema, list):
        return [_allow_variables(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    changed = {
        key: value if key in ("default", "enum", "required") else _allow_variables(value)
        for key, value in schema.items()
    }
    if changed.get("type") in _FILLED or "enum" in changed or "pattern" in changed:
        default = {"default": changed.pop("default")} if "default" in changed else {}
        return {"anyOf": [changed, _VARIABLE], **default}
    return changed


def list_sections() -> list[type]:
    """All sections, the whole first, each before those that it holds, each once."""
    found: dict[type, None] = {}

    def visit(info: Any) -> None:
        if isinstance(info, msgspec.inspect.DataclassType):
            if info.cls in found:
                return
            found[info.cls] = None
            for field in info.fields:
                visit(field.type)
        for name in ("type", "item_type", "value_type"):
            if hasattr(info, name):
                visit(getattr(info, name))
        for inner in getattr(info, "types", ()):
            visit(inner)

    visit(msgspec.inspect.type_info(RouterConfig))
    return list(found)
