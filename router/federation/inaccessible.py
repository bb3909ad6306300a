"""`@inaccessible`: part of the supergraph, not of the API that clients see."""

from __future__ import annotations

from entrepot.router.federation.directive import ALL_TYPE_SYSTEM_PARTS, DirectiveSpecification

INACCESSIBLE = DirectiveSpecification(name="inaccessible", locations=ALL_TYPE_SYSTEM_PARTS, feature="inaccessible")
