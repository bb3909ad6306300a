"""Use cases of carts, one file each."""

from entrepot.subgraphs.carts.service.carts import CartStarted, CreateCart, create_cart, find_started, prepare_cart
from entrepot.subgraphs.carts.service.claims import await_claimed_cart
from entrepot.subgraphs.carts.service.conversion import begin_conversion, complete_conversion, undo_conversion
from entrepot.subgraphs.carts.service.expiry import expire_carts
from entrepot.subgraphs.carts.service.lines import (
    AddCartLine,
    ChangeCartLine,
    RemoveCartLine,
    add_cart_line,
    change_cart_line,
    find_added_to,
    remove_cart_line,
)
from entrepot.subgraphs.carts.service.merging import ClaimCart, claim_cart, merge_guest_cart
from entrepot.subgraphs.carts.service.pruning import prune_carts
from entrepot.subgraphs.carts.service.repricing import REPRICING, reprice_carts
from entrepot.subgraphs.carts.service.unit import Unit

__all__ = [
    "REPRICING",
    "AddCartLine",
    "CartStarted",
    "ChangeCartLine",
    "ClaimCart",
    "CreateCart",
    "RemoveCartLine",
    "Unit",
    "add_cart_line",
    "await_claimed_cart",
    "begin_conversion",
    "change_cart_line",
    "claim_cart",
    "complete_conversion",
    "create_cart",
    "expire_carts",
    "find_added_to",
    "find_started",
    "merge_guest_cart",
    "prepare_cart",
    "prune_carts",
    "remove_cart_line",
    "reprice_carts",
    "undo_conversion",
]
