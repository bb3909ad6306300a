"""What is in stock and for whom it is kept: locations, balances, reservations, and the ledger that explains them.

Owns: Location (key `id`). Extends: ProductVariant (key `id`).
Events out: StockChanged, ReservationHeld, ReservationRefused, ReservationCommitted, ReservationReleased,
ReleaseRefused. Events in: VariantChanged. Commands: HoldStock, CommitStock, ReleaseStock.
"""
