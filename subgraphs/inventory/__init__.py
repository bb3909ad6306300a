"""What is in stock and for whom it is kept: locations, balances, reservations, and the ledger that explains them.

Owns: Location (key `id`). Extends: ProductVariant (key `id`).
Events out: StockChanged, ReservationHeld, ReservationRefused, ReservationCommitted, ReservationReleased,
ReleaseRefused. Commands in: HoldStock, CommitStock, ReleaseStock, from any domain. Events in: VariantChanged.
"""
