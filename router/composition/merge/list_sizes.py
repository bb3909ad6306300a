"""`@listSize` in the supergraph names only arguments that the merged field has."""

from __future__ import annotations

from entrepot.router.composition.definitions import AppliedDirective, FieldDefinition


def drop_missing_slices(merged: FieldDefinition) -> None:
    """Leave out slicing arguments that not all subgraphs have, and the directive where it then says nothing."""
    kept: list[AppliedDirective] = []
    for application in merged.directives:
        if application.federation != "listSize" or not isinstance(application.arguments.get("slicingArguments"), list):
            kept.append(application)
            continue
        arguments = dict(application.arguments)
        slices = [name for name in _list(arguments["slicingArguments"]) if name.partition(".")[0] in merged.arguments]
        if slices:
            arguments["slicingArguments"] = list(slices)
        else:
            arguments.pop("slicingArguments")
            arguments.pop("requireOneSlicingArgument", None)
        if slices or arguments.get("assumedSize") is not None or arguments.get("sizedFields"):
            kept.append(AppliedDirective(application.name, arguments, application.federation, application.location))
    merged.directives = kept


def _list(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
