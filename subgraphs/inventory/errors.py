"""What inventory refuses."""

from __future__ import annotations

from entrepot.shared.errors import DomainError


class LocationCodeTaken(DomainError):
    """Another location has this code; codes are unique."""

    code = "LOCATION_CODE_TAKEN"
    status = 409

    location_code: str
    """The code that is in use."""

    def __init__(self, location_code: str) -> None:
        super().__init__(f"A location with the code {location_code!r} exists. Choose another.", path=("code",))
        self.location_code = location_code


class StockReserved(DomainError):
    """The adjustment would remove units that are reserved for orders or do not exist."""

    code = "STOCK_RESERVED"
    status = 409

    on_hand: int
    """The units at the location, reserved ones included."""
    reserved: int
    """The units that are reserved for orders and cannot be removed."""
    available: int
    """The units that can be removed: `onHand` minus `reserved`."""

    def __init__(self, on_hand: int, reserved: int) -> None:
        super().__init__(
            f"Of {on_hand} pieces on hand {reserved} are reserved: at most {on_hand - reserved} can be taken away.",
            path=("delta",),
        )
        self.on_hand = on_hand
        self.reserved = reserved
        self.available = on_hand - reserved
