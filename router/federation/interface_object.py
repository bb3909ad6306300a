"""`@interfaceObject`: an object type that stands for an interface which other subgraphs implement."""

from __future__ import annotations

from entrepot.router.federation.directive import DirectiveSpecification

INTERFACE_OBJECT = DirectiveSpecification(name="interfaceObject", locations=("OBJECT",), since=(2, 3))
