"""What orders are paid with: payments and their methods, authorized and voided at a payment provider behind a port.

Owns: Payment (key `id`), PaymentMethod. Extends: Order (key `id`).
Events out: PaymentAuthorized, PaymentDeclined, PaymentVoided, VoidRefused.
Commands in: AuthorizePayment, VoidPayment, from any domain.
"""
