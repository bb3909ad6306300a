"""Orders: what was bought, and the sagas that confirm a pending order and cancel a confirmed one.

Owns: Order (key `id`). Extends: User (orders).
Events out: OrderPlaced, OrderConfirmed, OrderCancelled, and the commands to inventory and payments.
Events in: CartChanged, and the replies of inventory and payments to those commands.
"""
