"""What orders are paid with: one payment an order, authorized and voided at a payment provider behind a port.

Owns: Payment (key `id`). Extends: Order (key `id`).
Events out: PaymentAuthorized, PaymentDeclined, PaymentVoided.
Events in: AuthorizationRequested, AuthorizationVoidRequested.
"""
