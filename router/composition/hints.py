"""The catalogue of composition hints, and the value a hint is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CompositionHint:
    """Something that composes and may still surprise; `coordinate` is the schema element it is about."""

    code: str
    level: str
    message: str
    coordinate: str = ""


@dataclass(frozen=True, slots=True)
class HintCode:
    """One entry of the catalogue."""

    code: str
    level: str
    description: str


HINT_CODES: tuple[HintCode, ...] = (
    HintCode("INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE", "INFO", "A field's types differ and can be merged."),
    HintCode("INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE", "INFO", "An argument's types differ and can be merged."),
    HintCode("INCONSISTENT_DEFAULT_VALUE_PRESENCE", "WARN", "A default is not in every subgraph, and is dropped."),
    HintCode("INCONSISTENT_ENTITY", "INFO", "A type is an entity in some subgraphs only."),
    HintCode("INCONSISTENT_OBJECT_VALUE_TYPE_FIELD", "DEBUG", "A value type's field is not in every subgraph."),
    HintCode("INCONSISTENT_INTERFACE_VALUE_TYPE_FIELD", "DEBUG", "An interface's field is not in every subgraph."),
    HintCode("INCONSISTENT_INPUT_OBJECT_FIELD", "WARN", "An input field is not in every subgraph, and is dropped."),
    HintCode("INCONSISTENT_UNION_MEMBER", "DEBUG", "A union's member is not in every subgraph."),
    HintCode("INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM", "WARN", "An input enum's value is dropped."),
    HintCode("INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM", "DEBUG", "An output enum's value is not in every subgraph."),
    HintCode(
        "INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_REPEATABLE",
        "DEBUG",
        "A directive repeats in some only; not raised, for such definitions are not merged.",
    ),
    HintCode(
        "INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_LOCATIONS",
        "DEBUG",
        "A directive's locations differ; not raised, for such definitions are not merged.",
    ),
    HintCode("INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE", "WARN", "An executable directive is not everywhere."),
    HintCode("NO_EXECUTABLE_DIRECTIVE_INTERSECTION", "WARN", "An executable directive has no common location."),
    HintCode("INCONSISTENT_EXECUTABLE_DIRECTIVE_REPEATABLE", "WARN", "An executable directive repeats in some only."),
    HintCode("INCONSISTENT_EXECUTABLE_DIRECTIVE_LOCATIONS", "WARN", "An executable directive's locations differ."),
    HintCode("INCONSISTENT_DESCRIPTION", "WARN", "Descriptions differ; the most common one is used."),
    HintCode("INCONSISTENT_ARGUMENT_PRESENCE", "WARN", "An optional argument is not everywhere, and is dropped."),
    HintCode("FROM_SUBGRAPH_DOES_NOT_EXIST", "WARN", "@override names a subgraph that does not exist."),
    HintCode("OVERRIDDEN_FIELD_CAN_BE_REMOVED", "INFO", "An overridden field can be removed."),
    HintCode("OVERRIDE_DIRECTIVE_CAN_BE_REMOVED", "INFO", "An @override overrides nothing and can be removed."),
    HintCode("OVERRIDE_MIGRATION_IN_PROGRESS", "INFO", "A field moves gradually, by label."),
    HintCode("UNUSED_ENUM_TYPE", "DEBUG", "An enum is used nowhere; all its values are kept."),
    HintCode("INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS", "WARN", "A directive's arguments differ; one wins."),
    HintCode("MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS", "INFO", "A directive's arguments differ and are merged."),
    HintCode("DIRECTIVE_COMPOSITION_INFO", "INFO", "A composed directive differs in a harmless way."),
    HintCode("DIRECTIVE_COMPOSITION_WARN", "WARN", "A composed directive may not work as intended."),
    HintCode("INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN", "WARN", "A shared field's runtime types differ."),
    HintCode("IMPLICITLY_UPGRADED_FEDERATION_VERSION", "INFO", "A feature needs a newer version than is linked."),
    HintCode(
        "CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS",
        "INFO",
        "An optional argument is contextual in some subgraphs only, and is dropped.",
    ),
)

_LEVELS = {entry.code: entry.level for entry in HINT_CODES}


def build_hint(code: str, message: str, coordinate: str) -> CompositionHint:
    """A hint with the level that the catalogue gives its code."""
    return CompositionHint(code, _LEVELS[code], message, coordinate)
