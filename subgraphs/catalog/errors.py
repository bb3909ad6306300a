"""What the catalog refuses."""

from __future__ import annotations

from entrepot.shared.errors import DomainError


class NameTaken(DomainError):
    """The slug or SKU is in use; choose another, as it must be unique."""

    code = "NAME_TAKEN"
    status = 409

    name: str
    """The slug or SKU that is in use."""

    def __init__(self, kind: str, name: str, field: str) -> None:
        super().__init__(f"The {kind} {name!r} is in use. Choose another.", path=(field,))
        self.name = name


class NotSellable(DomainError):
    """The product has no variant with a price; add one before publishing."""

    code = "NOT_SELLABLE"
    status = 409

    def __init__(self, product_id: str) -> None:
        super().__init__(f"Product {product_id!r} has no variant with a price yet. Add one, then publish.")
