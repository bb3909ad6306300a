"""Types of fields and arguments: the widest output type, the narrowest input type, one default."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from entrepot.router.composition.definitions import FieldDefinition, InputValue
from entrepot.router.composition.merge.state import MergeState, Source, locations_of, names_of
from entrepot.router.composition.type_references import is_subtype, named_type
from entrepot.router.federation.literals import FloatLiteral, Literal, canonical, print_literal

T = TypeVar("T", FieldDefinition, InputValue)


@dataclass(frozen=True, slots=True)
class TypeMergeCodes:
    """Which error and which hint differing types of one kind of element cause."""

    mismatch: str
    compatible: str
    takes_narrowest: bool


OUTPUT_FIELD = TypeMergeCodes("FIELD_TYPE_MISMATCH", "INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE", takes_narrowest=False)
INPUT_FIELD = TypeMergeCodes("FIELD_TYPE_MISMATCH", "INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE", takes_narrowest=True)
ARGUMENT = TypeMergeCodes(
    "FIELD_ARGUMENT_TYPE_MISMATCH", "INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE", takes_narrowest=True
)


def merge_type(
    state: MergeState, sources: Sequence[Source[T]], coordinate: str, codes: TypeMergeCodes
) -> tuple[str, bool]:
    """The merged type, and whether all sources say the same one."""
    merged = sources[0].element.type
    is_same = True
    is_compatible = True
    for source in sources[1:]:
        found = source.element.type
        if found == merged:
            continue
        is_same = False
        if is_subtype(merged, found, state.is_named_subtype):
            merged = merged if codes.takes_narrowest else found
        elif is_subtype(found, merged, state.is_named_subtype):
            merged = found if codes.takes_narrowest else merged
        else:
            is_compatible = False
    if not is_same:
        listed = names_of(sources, lambda element: f'"{element.type}"')
        if is_compatible:
            message = f'"{coordinate}" has compatible types that differ: {listed}; the supergraph uses "{merged}".'
            state.hint(codes.compatible, message, coordinate)
        else:
            message = f'"{coordinate}" has types that cannot be merged: {listed}; make them agree.'
            state.error(codes.mismatch, message, locations_of(sources))
    return merged, is_same


def merge_default(
    state: MergeState, sources: Sequence[Source[InputValue]], target: InputValue, mismatch_code: str
) -> None:
    """Give `target` the default that all subgraphs have; differing ones are an error, missing ones drop it."""
    with_default = [source for source in sources if source.element.has_default]
    if not with_default:
        return
    if len({comparable_default(source.element) for source in with_default}) > 1:
        listed = names_of(with_default, lambda element: print_literal(element.default))
        message = f'"{target.coordinate}" has different defaults: {listed}; give it the same one everywhere.'
        state.error(mismatch_code, message, locations_of(with_default))
    elif len(with_default) < len(sources):
        message = (
            f'"{target.coordinate}" has a default in {names_of(with_default)} only; '
            "the supergraph has none, so give it to all subgraphs or to none."
        )
        state.hint("INCONSISTENT_DEFAULT_VALUE_PRESENCE", message, target.coordinate)
        return
    target.default = with_default[0].element.default
    target.has_default = True


def comparable_default(value: InputValue) -> str:
    """Text that is equal for equal defaults: `1` and `1.0` are one number where the type is Float."""
    is_float = named_type(value.type) == "Float"
    return canonical(_as_floats(value.default) if is_float else value.default)


def _as_floats(value: Literal) -> Literal:
    if isinstance(value, list):
        return [_as_floats(item) for item in value]
    is_number = isinstance(value, FloatLiteral | int) and not isinstance(value, bool)
    return FloatLiteral(float(value)) if is_number else value
