"""`@shareable`: several subgraphs may resolve the field."""

from __future__ import annotations

from entrepot.router.federation.directive import DirectiveSpecification

SHAREABLE = DirectiveSpecification(
    name="shareable",
    locations=("OBJECT", "FIELD_DEFINITION"),
    repeatable_since=(2, 2),
)
