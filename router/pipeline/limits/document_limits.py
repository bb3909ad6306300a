"""Stage: the size of the document, before validation, whose rule on overlapping fields is super-linear."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from graphql import NoFragmentCyclesRule, validate
from graphql.language import DocumentNode, SelectionSetNode

from entrepot.router.config import LimitsConfig
from entrepot.router.errors import LimitExceeded, OperationInvalid, RequestRefused
from entrepot.router.pipeline.context import RequestContext
from entrepot.router.pipeline.limits.measure import FragmentCycle, Size, count_pairs, measure_document, read_fragments
from entrepot.router.pipeline.stages.once_per_document import once_per_document

_PHRASES: Final = {
    "depth": "is {asked} fields deep",
    "place directives": "has {asked} directives at one place",
    "list items": "holds a list of {asked} entries",
}


@once_per_document("check_limits")
def check_limits(context: RequestContext) -> None:
    """Refuse a document that asks for more than is configured; raises LimitExceeded.

    A fragment that spreads itself is refused here already, with the message of validation.
    """
    tree = context.document.tree
    assert tree is not None
    limits = context.request.snapshot.config.limits
    try:
        roots = measure_document(tree)
    except FragmentCycle:
        errors = validate(context.request.snapshot.supergraph.api_schema, tree, [NoFragmentCyclesRule])
        raise RequestRefused(OperationInvalid, [dict(error.formatted) for error in errors]) from None
    except RecursionError:
        raise LimitExceeded("The document nests too deeply to be read.") from None
    _check_sizes([size for _, size in roots], limits)
    _check_pairs(tree, [root for root, _ in roots], limits)


def _check_sizes(sizes: Sequence[Size], limits: LimitsConfig) -> None:
    # Depth and root fields are those of one operation; the others add up, since validation reads the whole document.
    measured = (
        ("depth", max((size.depth for size in sizes), default=0), limits.max_depth),
        ("root fields", max((size.root_fields for size in sizes), default=0), limits.max_root_fields),
        ("aliases", sum(size.aliases for size in sizes), limits.max_aliases),
        ("fields", sum(size.fields for size in sizes), limits.max_fields),
        ("directives", sum(size.directives for size in sizes), limits.max_directives),
        (
            "place directives",
            max((size.directives_per_location for size in sizes), default=0),
            limits.max_directives_per_location,
        ),
        ("list items", max((size.argument_list_items for size in sizes), default=0), limits.max_argument_list_items),
    )
    for name, asked, allowed in measured:
        if asked > allowed:
            what = _PHRASES.get(name, "has {asked} {name}").format(asked=asked, name=name)
            raise LimitExceeded(
                f"The operation {what}; at most {allowed} are accepted. Split it into smaller ones.",
                extensions={"limit": name, "allowed": allowed, "asked": asked},
            )


def _check_pairs(tree: DocumentNode, roots: list[SelectionSetNode], limits: LimitsConfig) -> None:
    fragments = read_fragments(tree)
    left = limits.max_overlapping_field_pairs
    for root in roots:
        left -= count_pairs(root, fragments, limit=left)
        if left < 0:
            raise LimitExceeded(
                "The operation selects the same response keys too often. Select each field once.",
                extensions={"limit": "field pairs", "allowed": limits.max_overlapping_field_pairs},
            )
