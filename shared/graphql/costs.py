"""What fields cost, for the demand control of the router: `@cost`, and `@listSize` of lists."""

from __future__ import annotations

from typing import Any, Final

from strawberry import UNSET
from strawberry.federation.schema_directives import Cost, ListSize

from entrepot.shared.pagination import DEFAULT_PAGE_SIZE

MUTATION: Final = 10
"""The cost of a mutation: a transaction, its events, and the reading of what it shows."""
PASSWORD: Final = 200
"""The cost of a mutation that hashes a password, which takes as long as many rows do."""

CONNECTION: Final = (
    Cost(weight=10),
    ListSize(
        slicing_arguments=["first", "last"],
        assumed_size=DEFAULT_PAGE_SIZE,
        sized_fields=["edges"],
        require_one_slicing_argument=False,
    ),
)
"""A connection: a statement of its own, and as many edges as `first` or `last` says, or a page of the default size."""


def expected(size: int) -> ListSize:
    """A list without paging that usually has about so many entries."""
    # What is left unset is not printed.
    unset: Any = UNSET
    return ListSize(assumed_size=size, slicing_arguments=unset, sized_fields=unset, require_one_slicing_argument=unset)


def costs(weight: int) -> Cost:
    """A field that costs this instead of what its type does."""
    return Cost(weight=weight)
