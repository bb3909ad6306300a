"""`@override(from:, label:)`: a field moves from one subgraph to another, at once or gradually."""

from __future__ import annotations

import re
from dataclasses import dataclass

from entrepot.router.federation.directive import Arguments, ArgumentSpecification, DirectiveSpecification

OVERRIDE = DirectiveSpecification(
    name="override",
    arguments=(
        ArgumentSpecification("from", "String!"),
        ArgumentSpecification("label", "String", since=(2, 7)),
    ),
    locations=("FIELD_DEFINITION",),
)

_NAMED_LABEL = re.compile(r"[a-zA-Z][a-zA-Z0-9_\-:./]*")
_PERCENT_LABEL = re.compile(r"percent\((\d{1,2}(\.\d{1,8})?|100)\)")


@dataclass(frozen=True, slots=True)
class Override:
    """`source` is the subgraph the field is taken from; `label` None moves it for every request."""

    source: str
    label: str | None = None

    @property
    def has_valid_label(self) -> bool:
        if self.label is None:
            return True
        return bool(_NAMED_LABEL.fullmatch(self.label) or _PERCENT_LABEL.fullmatch(self.label))


def read_percentage(label: str) -> float | None:
    """The share of requests that a label `percent(x)` holds for, from 0 to 100; None for a label of another form."""
    match = _PERCENT_LABEL.fullmatch(label)
    return None if match is None else float(match.group(1))


def parse_override(arguments: Arguments) -> Override:
    """The typed value of one application."""
    label = arguments.get("label")
    return Override(str(arguments.get("from", "")), label if isinstance(label, str) else None)
