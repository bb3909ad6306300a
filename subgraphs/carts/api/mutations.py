"""Mutations of carts, for customers and guests."""

from __future__ import annotations

from typing import Final

from entrepot.shared.errors import InvalidInput, NotFound, StaleVersion
from entrepot.shared.graphql import Once, Shows, by_id, mutation
from entrepot.subgraphs.carts import service
from entrepot.subgraphs.carts.api.types import Cart
from entrepot.subgraphs.carts.errors import (
    CartFull,
    CartNotActive,
    GuestCartExists,
    TooManyGuestCarts,
    VariantNotForSale,
    VariantNotPriced,
)

_ID_LENGTH: Final = 48
_CHANGED: Final = {"cart": Shows(Cart, "The cart after the change")}

MUTATIONS: Final = (
    mutation(
        service.create_cart,
        shows={
            "cart": Shows(Cart, "The new, empty cart"),
            "guest_token": Shows(
                str,
                "The secret that gives access to a guest cart. It is returned only here, so store it; null for a "
                "customer.",
            ),
        },
        refuses=(InvalidInput, GuestCartExists, TooManyGuestCarts),
        prepare=service.prepare_cart,
        once=Once(lambda made: made.cart.id, by_id(service.find_started)),
    ),
    mutation(
        service.add_cart_line,
        shows=_CHANGED,
        refuses=(
            InvalidInput,
            NotFound,
            CartNotActive,
            CartFull,
            VariantNotForSale,
            VariantNotPriced,
            StaleVersion,
        ),
        # Guests have no id: their keys are distinguished by cart, so that none takes another's by chance.
        once=Once(lambda cart: cart.id, service.find_added_to, scope=lambda command: command.cart_id[:_ID_LENGTH]),
    ),
    mutation(
        service.change_cart_line,
        shows=_CHANGED,
        refuses=(InvalidInput, NotFound, CartNotActive, VariantNotForSale, VariantNotPriced, StaleVersion),
    ),
    mutation(service.remove_cart_line, shows=_CHANGED, refuses=(NotFound, CartNotActive, StaleVersion)),
    mutation(
        service.claim_cart,
        is_authenticated=True,
        shows={"cart": Shows(Cart, "The customer's cart with the lines of the guest cart")},
        refuses=(NotFound, CartNotActive),
    ),
)
