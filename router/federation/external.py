"""`@external`: the field is resolved elsewhere and named here for keys, requirements and provisions."""

from __future__ import annotations

from entrepot.router.federation.directive import ArgumentSpecification, DirectiveSpecification

EXTERNAL = DirectiveSpecification(
    name="external",
    arguments=(ArgumentSpecification("reason", "String"),),
    locations=("OBJECT", "FIELD_DEFINITION"),
    is_in_federation_1=True,
)

EXTENDS = DirectiveSpecification(name="extends", locations=("OBJECT", "INTERFACE"), is_in_federation_1=True)
