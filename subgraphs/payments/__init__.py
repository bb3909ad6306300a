"""What orders are paid with: payment methods and payments, authorized and voided at a payment provider behind a port.

Owns: Payment (key `id`). Extends: Order (key `id`).
Events out: PaymentAuthorized, PaymentDeclined, PaymentVoided, VoidRefused.
Commands: AuthorizePayment, VoidPayment.
"""
