"""Enums: which values are kept depends on whether clients read them, send them or both."""

from __future__ import annotations

from collections.abc import Callable

from entrepot.router.composition.definitions import EnumValue, Kind, TypeDefinition
from entrepot.router.composition.merge.descriptions import merge_description
from entrepot.router.composition.merge.directives import merge_directives
from entrepot.router.composition.merge.joins import join_application
from entrepot.router.composition.merge.state import MergeState, Source, locations_of, member_sources, names_of
from entrepot.router.composition.type_references import named_type

_INPUT, _OUTPUT = "input", "output"


def merge_enum_values(state: MergeState) -> None:
    """Fill the values of all merged enums; runs last, when all uses of them are known."""
    uses = _collect_uses(state)
    for target in state.schema.of_kind(Kind.ENUM):
        _merge_values(state, target, frozenset(uses.get(target.name, ())))


def _collect_uses(state: MergeState) -> dict[str, set[str]]:
    uses: dict[str, set[str]] = {}
    for definition in state.schema.types.values():
        for each in definition.fields.values():
            uses.setdefault(named_type(each.type), set()).add(_OUTPUT)
            for argument in each.arguments.values():
                uses.setdefault(named_type(argument.type), set()).add(_INPUT)
        for input_field in definition.input_fields.values():
            uses.setdefault(named_type(input_field.type), set()).add(_INPUT)
    for directive in state.schema.directives.values():
        for argument in directive.arguments.values():
            uses.setdefault(named_type(argument.type), set()).add(_INPUT)
    return uses


def _merge_values(state: MergeState, target: TypeDefinition, uses: frozenset[str]) -> None:
    sources = state.sources_of_type(target.name)
    found = member_sources(sources, lambda definition: definition.values)
    if not uses:
        message = f'The enum "{target.name}" is used nowhere; the supergraph has the values of all subgraphs.'
        state.hint("UNUSED_ENUM_TYPE", message, target.name)
    for name, values in found.items():
        lacking = [source for source in sources if name not in source.element.values]
        if lacking and not _RULES[uses](state, target, name, values, lacking):
            continue
        value = EnumValue(name=name, coordinate=f"{target.name}.{name}")
        merge_description(state, values, value, value.coordinate)
        merge_directives(state, values, value, value.coordinate)
        for source in values:
            value.directives.append(join_application("enumValue", graph=state.graph(source.subgraph)))
        target.values[name] = value
    if not target.values:
        message = f'The subgraphs share no value of the enum "{target.name}", so clients could send none; add one.'
        state.error("EMPTY_MERGED_ENUM_TYPE", message, locations_of(sources))


_Values = list[Source[EnumValue]]
_Types = list[Source[TypeDefinition]]


def _keep_for_output(state: MergeState, target: TypeDefinition, name: str, _values: _Values, lacking: _Types) -> bool:
    message = f'"{target.name}.{name}" is missing in {names_of(lacking)}; clients may still receive it.'
    state.hint("INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM", message, target.name)
    return True


def _drop_for_input(state: MergeState, target: TypeDefinition, name: str, _values: _Values, lacking: _Types) -> bool:
    message = f'"{target.name}.{name}" is missing in {names_of(lacking)}, so clients cannot send it.'
    state.hint("INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM", message, target.name)
    return False


def _refuse(state: MergeState, target: TypeDefinition, name: str, values: _Values, lacking: _Types) -> bool:
    message = (
        f'"{target.name}" is both read and sent by clients, so its values must agree: "{name}" is defined in '
        f"{names_of(values)} and missing in {names_of(lacking)}; add it there (@inaccessible hides it meanwhile)."
    )
    if all(not source.element.has("inaccessible") for source in values):
        state.error("ENUM_VALUE_MISMATCH", message, [*locations_of(values), *locations_of(lacking)])
    return True


_RULES: dict[frozenset[str], Callable[[MergeState, TypeDefinition, str, _Values, _Types], bool]] = {
    frozenset(): _keep_for_output,
    frozenset({_OUTPUT}): _keep_for_output,
    frozenset({_INPUT}): _drop_for_input,
    frozenset({_INPUT, _OUTPUT}): _refuse,
}
