"""`@listSize` in the supergraph names only arguments that the merged field has."""

from __future__ import annotations

from entrepot.router.composition.definitions import AppliedDirective, FieldDefinition
from entrepot.router.federation.demand import read_paths


def drop_missing_slices(merged: FieldDefinition) -> None:
    """Leave out slicing arguments that not all subgraphs have, and the directive where it then says nothing."""
    kept: list[AppliedDirective] = []
    for application in merged.directives:
        if application.federation != "listSize" or not isinstance(application.arguments.get("slicingArguments"), list):
            kept.append(application)
            continue
        arguments = dict(application.arguments)
        slices = [text for text in _list(arguments["slicingArguments"]) if _is_of(merged, text)]
        if slices:
            arguments["slicingArguments"] = list(slices)
        else:
            arguments.pop("slicingArguments")
            arguments.pop("requireOneSlicingArgument", None)
        if slices or arguments.get("assumedSize") is not None or arguments.get("sizedFields"):
            kept.append(AppliedDirective(application.name, arguments, application.federation, application.location))
    merged.directives = kept


def _is_of(merged: FieldDefinition, text: str) -> bool:
    """Whether all paths begin with an argument of the merged field; what cannot be read is another rule's to report."""
    return all(path[0] in merged.arguments for path in read_paths(text))


def _list(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
