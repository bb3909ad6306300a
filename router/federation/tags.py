"""`@tag(name:)` and `@cacheTag(format:)`: names that tools and caches attach meaning to."""

from __future__ import annotations

from entrepot.router.federation.directive import ALL_TYPE_SYSTEM_PARTS, ArgumentSpecification, DirectiveSpecification

TAG = DirectiveSpecification(
    name="tag",
    arguments=(ArgumentSpecification("name", "String!"),),
    locations=ALL_TYPE_SYSTEM_PARTS,
    repeatable_since=(1, 0),
    is_in_federation_1=True,
    feature="tag",
    later_locations=(("SCHEMA", (2, 3)),),
)

CACHE_TAG = DirectiveSpecification(
    name="cacheTag",
    arguments=(ArgumentSpecification("format", "String!"),),
    locations=("OBJECT", "FIELD_DEFINITION"),
    repeatable_since=(2, 12),
    since=(2, 12),
)
