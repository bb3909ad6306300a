"""Orders: what was bought, and the saga that makes a pending order a confirmed one.

Owns: Order (key `id`). Extends: User (orders).
Events out: OrderPlaced, OrderConfirmed, OrderCancelled, and the commands to inventory and payments.
Events in: CartChanged; ReservationHeld, ReservationRefused, ReservationCommitted, ReservationReleased;
PaymentAuthorized, PaymentDeclined, PaymentVoided.
"""
