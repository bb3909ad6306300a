"""A contract from a supergraph: hidden by tags, checked by the rules of `@inaccessible`, printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from entrepot.router.composition.compose import CompositionResult
from entrepot.router.composition.contracts.filters import hide_consequences, hide_excluded, hide_not_included
from entrepot.router.composition.contracts.reachability import hide_unreachable
from entrepot.router.composition.contracts.tagged_schema import TaggedSchema, read_tagged_schema, tags_of
from entrepot.router.composition.definitions import iterate_elements
from entrepot.router.composition.errors import CompositionError
from entrepot.router.composition.printer import print_schema
from entrepot.router.composition.supergraph_rules.inaccessible import check_visible_schema

CONTRACT_ERROR_CODES: Mapping[str, str] = {
    "CONTRACT_TAG_CONTRADICTION": "A contract includes and excludes one tag.",
    "CONTRACT_TAG_UNKNOWN": "A contract names a tag that nothing bears.",
    "CONTRACT_WITHOUT_QUERIES": "A contract hides every field of the query root.",
}
"""Code -> what is wrong with a contract, besides the errors of `@inaccessible`, which are those of composition."""


def build_contract(
    supergraph_sdl: str,
    include: frozenset[str] = frozenset(),
    exclude: frozenset[str] = frozenset(),
    *,
    hide_unreachable_types: bool = True,
) -> CompositionResult:
    """The supergraph with all `@inaccessible` that is not part of the contract.

    With `include`, unions and the fields of objects and interfaces stay visible only where they, or the type of a
    field, bear one of these tags; what bears a tag of `exclude` is hidden in any case. A type without visible parts is
    hidden. What is hidden stays in the supergraph, so that keys and requirements can still be planned over it.

    Errors, each with its code, are returned when the tags make no sense or when what is visible would be no schema
    (inaccessible v0.2). Raises `SupergraphInvalid` when `supergraph_sdl` is no supergraph.
    """
    tagged = read_tagged_schema(supergraph_sdl)
    errors = list(_check_tags(tagged, include, exclude))
    if errors:
        return CompositionResult(None, tuple(errors))
    tagged.link_inaccessible()
    hide_excluded(tagged, exclude)
    hide_not_included(tagged, include)
    hide_consequences(tagged)
    if _has_no_queries(tagged):
        message = "The contract leaves no field of the query root; include a tag that one bears, or exclude fewer tags."
        return CompositionResult(None, (CompositionError("CONTRACT_WITHOUT_QUERIES", message),))
    if hide_unreachable_types:
        hide_unreachable(tagged, include)
    errors = check_visible_schema(tagged.schema)
    if errors:
        return CompositionResult(None, tuple(errors))
    return CompositionResult(print_schema(tagged.schema))


def _check_tags(tagged: TaggedSchema, include: frozenset[str], exclude: frozenset[str]) -> Iterator[CompositionError]:
    for name in sorted(include & exclude):
        message = f'The tag "{name}" is included and excluded; name it once.'
        yield CompositionError("CONTRACT_TAG_CONTRADICTION", message)
    known = {name for _, _, part in iterate_elements(tagged.schema) for name in tags_of(part)}
    listed = ", ".join(f'"{name}"' for name in sorted(known)) or "none"
    for name in sorted((include | exclude) - known):
        message = f'Nothing bears the tag "{name}"; the tags of this supergraph are: {listed}.'
        yield CompositionError("CONTRACT_TAG_UNKNOWN", message)


def _has_no_queries(tagged: TaggedSchema) -> bool:
    root = tagged.schema.types.get(tagged.schema.roots.get("query", ""))
    return root is None or root.has("inaccessible")
