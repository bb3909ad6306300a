"""Adding, changing and removing lines."""

from __future__ import annotations

from shared.errors import InvalidInput, NotFound, StaleVersion
from subgraphs.carts.access import Access
from subgraphs.carts.errors import CartFull, CartNotActive
from subgraphs.carts.models import Cart, CartLine, Variant
from subgraphs.carts.pricing import check_orderable
from subgraphs.carts.repository import CartRepository
from subgraphs.carts.service.carts import find_cart
from subgraphs.carts.service.unit import Unit, announce
from subgraphs.carts.states import CartStatus


async def add_line(
    unit: Unit, *, cart_id: str, access: Access, variant_id: str, quantity: int, expected_revision: int | None = None
) -> Cart:
    """So many more of the variant, on the line that it has or on a new one."""
    repository = CartRepository(unit.session)
    _check_quantity(unit, quantity)
    cart = await find_cart(unit, cart_id, access=access)
    variant = await _find_variant(repository, variant_id)
    check_orderable(variant, cart.channel, cart.currency, path="variantId")
    cart = await _use(unit, repository, cart, expected_revision)
    line = await repository.get_line_by_variant(cart.id, variant_id)
    if line is None:
        await _add_new_line(unit, repository, cart, variant, quantity)
    else:
        _check_sum(unit, line, quantity)
        line.quantity += quantity
        line.updated_at = unit.now
    await announce(unit, cart)
    return cart


async def change_line(
    unit: Unit, *, cart_id: str, access: Access, line_id: str, quantity: int, expected_revision: int | None = None
) -> Cart:
    """So many on the line from now on; fewer is possible also of what cannot be bought any more."""
    repository = CartRepository(unit.session)
    _check_quantity(unit, quantity)
    cart = await find_cart(unit, cart_id, access=access)
    cart = await _use(unit, repository, cart, expected_revision)
    line = await _find_line(repository, cart, line_id)
    if quantity > line.quantity:
        variant = await _find_variant(repository, line.variant_id)
        check_orderable(variant, cart.channel, cart.currency, path="lineId")
    line.quantity = quantity
    line.updated_at = unit.now
    await announce(unit, cart)
    return cart


async def remove_line(
    unit: Unit, *, cart_id: str, access: Access, line_id: str, expected_revision: int | None = None
) -> Cart:
    """The cart without that line."""
    repository = CartRepository(unit.session)
    cart = await find_cart(unit, cart_id, access=access)
    cart = await _use(unit, repository, cart, expected_revision)
    line = await _find_line(repository, cart, line_id)
    await repository.delete_line(line.id)
    await announce(unit, cart)
    return cart


async def _use(unit: Unit, repository: CartRepository, cart: Cart, expected_revision: int | None) -> Cart:
    used = await repository.use_cart(cart.id, now=unit.now, expected_revision=expected_revision)
    if used is not None:
        return used
    await unit.session.refresh(cart)
    if cart.status == CartStatus.ACTIVE:
        raise StaleVersion("cart", cart.id)
    raise CartNotActive(cart.id, cart.status)


async def _add_new_line(unit: Unit, repository: CartRepository, cart: Cart, variant: Variant, quantity: int) -> None:
    if await repository.count_lines(cart.id) >= unit.ports.max_lines:
        raise CartFull(cart.id, unit.ports.max_lines)
    repository.add(build_line(unit, cart, variant.id, quantity))


def build_line(unit: Unit, cart: Cart, variant_id: str, quantity: int) -> CartLine:
    """A new line of the cart."""
    return CartLine(
        id=unit.new_id("cln"),
        cart_id=cart.id,
        variant_id=variant_id,
        quantity=quantity,
        created_at=unit.now,
        updated_at=unit.now,
    )


async def _find_variant(repository: CartRepository, variant_id: str) -> Variant:
    variant = await repository.get_variant(variant_id)
    if variant is None:
        raise NotFound("variant", variant_id, path=("variantId",))
    return variant


async def _find_line(repository: CartRepository, cart: Cart, line_id: str) -> CartLine:
    line = await repository.get_line(cart.id, line_id)
    if line is None:
        raise NotFound("cart line", line_id, path=("lineId",))
    return line


def _check_quantity(unit: Unit, quantity: int) -> None:
    if quantity == 0:
        raise InvalidInput("A quantity is at least 1. To take the line out, use removeCartLine.", path=("quantity",))
    if not 1 <= quantity <= unit.ports.max_quantity:
        raise InvalidInput(f"A quantity is from 1 to {unit.ports.max_quantity}.", path=("quantity",))


def _check_sum(unit: Unit, line: CartLine, quantity: int) -> None:
    room = unit.ports.max_quantity - line.quantity
    if quantity > room:
        raise InvalidInput(
            f"The cart holds {line.quantity} of this and takes {unit.ports.max_quantity}: add up to {room} more.",
            path=("quantity",),
        )
