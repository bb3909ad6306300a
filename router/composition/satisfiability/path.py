"""The path of an example query, printed as the query it is."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.router.composition.definitions import FieldDefinition
from entrepot.router.composition.type_references import is_list, named_type, nullable


@dataclass(frozen=True, slots=True)
class Path:
    """An operation kind and the steps taken: field texts and `... on Type`."""

    kind: str
    steps: tuple[str, ...] = ()

    def to(self, found: FieldDefinition) -> Path:
        """One field further."""
        return Path(self.kind, (*self.steps, found.name + _example_arguments(found)))

    def into(self, type_name: str) -> Path:
        """The same value, known to be of this type."""
        return Path(self.kind, (*self.steps, f"... on {type_name}"))

    def print_query(self, tail: str = "") -> str:
        """The query that goes this way; `tail` is selected at its end."""
        steps = [*self.steps, tail] if tail else [*self.steps]
        text = " { ".join(steps) + " }" * (len(steps) - 1)
        prefix = "" if self.kind == "query" else f"{self.kind} "
        return f"{prefix}{{ {text} }}"


def start_path(kind: str) -> Path:
    """The path before its first step."""
    return Path(kind)


def _example_arguments(found: FieldDefinition) -> str:
    required = [argument for argument in found.arguments.values() if argument.is_required]
    if not required:
        return ""
    return "(" + ", ".join(f"{argument.name}: {_example(argument.type)}" for argument in required) + ")"


def _example(reference: str) -> str:
    if is_list(nullable(reference)):
        return "[]"
    return _EXAMPLES.get(named_type(reference), "...")


_EXAMPLES = {"Int": "0", "Float": "3.14", "Boolean": "true", "String": '"A string"', "ID": '"<any id>"'}
