"""Orders: what was bought, and the sagas that place an order and that cancel a confirmed one.

Owns: Order (key `id`). Extends: User (orders).
Events out: OrderPlaced, OrderConfirmed, OrderCancelled, and the commands to inventory and payments.
Events in: CartChanged; ReservationHeld, ReservationRefused, ReservationCommitted, ReservationReleased, ReleaseRefused;
PaymentAuthorized, PaymentDeclined, PaymentVoided, VoidRefused.
"""
