"""Adding, changing and removing lines."""

from __future__ import annotations

from entrepot.shared.errors import InvalidInput, NotFound, StaleVersion
from entrepot.subgraphs.carts.access import Access
from entrepot.subgraphs.carts.errors import CartFull, CartNotActive
from entrepot.subgraphs.carts.models import Cart, CartLine, Variant
from entrepot.subgraphs.carts.pricing import check_orderable
from entrepot.subgraphs.carts.repository import CartRepository
from entrepot.subgraphs.carts.service.carts import find_cart
from entrepot.subgraphs.carts.service.unit import Content, Unit, publish
from entrepot.subgraphs.carts.states import CartStatus


async def add_line(
    unit: Unit, *, cart_id: str, access: Access, variant_id: str, quantity: int, expected_revision: int | None = None
) -> Cart:
    """So many more of the variant, on the line that it has or on a new one."""
    _check_quantity(unit, quantity)
    cart, content = await _open(unit, cart_id, access, expected_revision)
    line, variant = await _find_or_add_line(unit, cart, content, variant_id)
    check_orderable(variant, cart.channel, cart.currency, path="variantId")
    _check_sum(unit, line, quantity)
    line.quantity += quantity
    line.updated_at = unit.now
    await publish(unit, cart, content)
    return cart


async def change_line(
    unit: Unit, *, cart_id: str, access: Access, line_id: str, quantity: int, expected_revision: int | None = None
) -> Cart:
    """So many on the line from now on; fewer is possible also of what cannot be bought any more."""
    _check_quantity(unit, quantity)
    cart, content = await _open(unit, cart_id, access, expected_revision)
    line, variant = _find_line(content, line_id)
    if quantity > line.quantity:
        check_orderable(variant, cart.channel, cart.currency, path="lineId")
    line.quantity = quantity
    line.updated_at = unit.now
    await publish(unit, cart, content)
    return cart


async def remove_line(
    unit: Unit, *, cart_id: str, access: Access, line_id: str, expected_revision: int | None = None
) -> Cart:
    """The cart without that line."""
    cart, content = await _open(unit, cart_id, access, expected_revision)
    removed = _find_line(content, line_id)
    await CartRepository(unit.session).delete_line(removed[0].id)
    await publish(unit, cart, [held for held in content if held is not removed])
    return cart


async def _open(unit: Unit, cart_id: str, access: Access, expected_revision: int | None) -> tuple[Cart, Content]:
    """The cart, claimed for a change by its owner, and what is in it."""
    repository = CartRepository(unit.session)
    cart = await find_cart(unit, cart_id, access=access)
    used = await repository.use_cart(cart.id, now=unit.now, expected_revision=expected_revision)
    if used is None:
        await unit.session.refresh(cart)
        if cart.status == CartStatus.ACTIVE:
            raise StaleVersion("cart", cart.id)
        raise CartNotActive(cart)
    return used, await repository.lock_content_for_share(used.id)


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


async def _find_or_add_line(unit: Unit, cart: Cart, content: Content, variant_id: str) -> tuple[CartLine, Variant]:
    for held in content:
        if held[1].id == variant_id:
            return held
    repository = CartRepository(unit.session)
    variant = await repository.lock_variant_for_share(variant_id)
    if variant is None:
        raise NotFound("variant", variant_id, path=("variantId",))
    if len(content) >= unit.dependencies.settings.max_lines:
        raise CartFull(cart.id, unit.dependencies.settings.max_lines)
    line = build_line(unit, cart, variant_id, 0)
    repository.add(line)
    content.append((line, variant))
    return line, variant


def _find_line(content: Content, line_id: str) -> tuple[CartLine, Variant]:
    for held in content:
        if held[0].id == line_id:
            return held
    raise NotFound("cart line", line_id, path=("lineId",))


def _check_quantity(unit: Unit, quantity: int) -> None:
    if quantity == 0:
        raise InvalidInput("A quantity is at least 1. To take the line out, use removeCartLine.", path=("quantity",))
    if not 1 <= quantity <= unit.dependencies.settings.max_quantity:
        raise InvalidInput(f"A quantity is from 1 to {unit.dependencies.settings.max_quantity}.", path=("quantity",))


def _check_sum(unit: Unit, line: CartLine, quantity: int) -> None:
    limit = unit.dependencies.settings.max_quantity
    room = limit - line.quantity
    if quantity > room:
        raise InvalidInput(
            f"The cart holds {line.quantity} of this and takes {limit}: add up to {room} more.",
            path=("quantity",),
        )
