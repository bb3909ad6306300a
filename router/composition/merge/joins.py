"""The applications of the join specification that say which subgraph an element comes from."""

from __future__ import annotations

from entrepot.router.composition.definitions import AppliedDirective, TypeDefinition
from entrepot.router.composition.merge.state import MergeState, Source
from entrepot.router.composition.usage import selections_of
from entrepot.router.federation.keys import parse_key
from entrepot.router.federation.literals import Literal


def join_application(name: str, **arguments: Literal) -> AppliedDirective:
    """`@join__<name>`; arguments that are None are left out."""
    return AppliedDirective(f"join__{name}", {key: value for key, value in arguments.items() if value is not None})


def join_types(state: MergeState, sources: list[Source[TypeDefinition]]) -> list[AppliedDirective]:
    """`@join__type` for each subgraph that has the type, one for each of its keys (join specification v0.3)."""
    applications = []
    for source in sources:
        definition = source.element
        is_extended = definition.has("extends")
        interface_object = True if definition.has("interfaceObject") else None
        keys = [each for each in definition.applied("key") if selections_of(each)]
        listed: list[AppliedDirective | None] = [*keys] or [None]
        for application in listed:
            key = parse_key(application.arguments) if application else None
            applications.append(
                join_application(
                    "type",
                    graph=state.graph(source.subgraph),
                    key=key.fields if key else None,
                    extension=True if application and (application.block or is_extended) else None,
                    resolvable=application.arguments.get("resolvable") if application else None,
                    isInterfaceObject=interface_object,
                )
            )
    return applications
