"""Use cases of carts, one file each."""

from entrepot.subgraphs.carts.service.carts import CartStarted, create_cart, find_cart, find_started
from entrepot.subgraphs.carts.service.claims import await_claimed_cart
from entrepot.subgraphs.carts.service.conversion import begin_conversion, complete_conversion, undo_conversion
from entrepot.subgraphs.carts.service.expiry import expire_carts
from entrepot.subgraphs.carts.service.lines import add_line, change_line, remove_line
from entrepot.subgraphs.carts.service.merging import claim_cart, merge_guest_cart
from entrepot.subgraphs.carts.service.repricing import REPRICING, reprice_carts
from entrepot.subgraphs.carts.service.unit import Unit

__all__ = [
    "REPRICING",
    "CartStarted",
    "Unit",
    "add_line",
    "await_claimed_cart",
    "begin_conversion",
    "change_line",
    "claim_cart",
    "complete_conversion",
    "create_cart",
    "expire_carts",
    "find_cart",
    "find_started",
    "merge_guest_cart",
    "remove_line",
    "reprice_carts",
    "undo_conversion",
]
