"""What the catalog refuses."""

from __future__ import annotations

from entrepot.shared.errors import DomainError


class NameTaken(DomainError):
    """A slug or SKU that must be unique is in use."""

    code = "NAME_TAKEN"
    status = 409

    def __init__(self, kind: str, name: str, field: str) -> None:
        super().__init__(f"The {kind} {name!r} is in use. Choose another.", path=(field,))
        self.name = name


class NotSellable(DomainError):
    """A product without a priced variant cannot be published."""

    code = "NOT_SELLABLE"
    status = 409

    def __init__(self, product_id: str) -> None:
        super().__init__(f"Product {product_id!r} has no variant with a price yet. Add one, then publish.")
