"""Adding, changing and removing lines."""

from __future__ import annotations

from dataclasses import dataclass, field

from entrepot.shared.errors import InvalidInput, NotFound, StaleVersion
from entrepot.shared.input_checks import check_input
from entrepot.shared.scalars import Id
from entrepot.subgraphs.carts.errors import CartFull, CartNotActive
from entrepot.subgraphs.carts.models import Cart, CartLine, Variant
from entrepot.subgraphs.carts.pricing import check_orderable
from entrepot.subgraphs.carts.repository import CartRepository
from entrepot.subgraphs.carts.service.carts import lock_cart
from entrepot.subgraphs.carts.service.unit import Content, Unit, announce, quote_cart
from entrepot.subgraphs.carts.states import CartStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class AddCartLine:
    """Add units of a variant to a cart: to its existing line, or as a new line."""

    cart_id: Id
    """The cart: `Cart.id`."""
    variant_id: Id
    """The variant to add: `ProductVariant.id`."""
    quantity: int = 1
    """The number of units to add; a line has 1 to 999 units by default."""
    expected_revision: int | None = None
    """`Cart.revision` as last read: the mutation is refused with STALE_VERSION if the cart has changed."""
    guest_token: str | None = field(default=None, repr=False)
    """The secret of a guest cart, `CreateCartPayload.guestToken`; not needed for the caller's own cart."""


async def add_cart_line(unit: Unit, command: AddCartLine) -> Cart:
    """So many more of the variant, on the line that it has or on a new one.

    Raises InvalidInput, NotFound, CartNotActive, StaleVersion, CartFull, VariantNotForSale, VariantNotPriced.
    """
    with check_input() as checks:
        checks.run(_check_quantity, unit, command.quantity)
    cart, content = await _open(unit, command)
    line, variant = await _find_or_add_line(unit, cart, content, command.variant_id)
    check_orderable(variant, cart.channel, cart.currency, path="variantId")
    _check_sum(unit, line, command.quantity)
    line.quantity += command.quantity
    line.updated_at = unit.now
    await _announce_use(unit, cart, content)
    return cart


async def find_added_to(unit: Unit, cart_id: str, command: AddCartLine) -> Cart:
    """What a repeated key answers: the cart as it is now; raises NotFound for a caller who may not change it."""
    return await quote_cart(unit, await lock_cart(unit, cart_id, command.guest_token))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeCartLine:
    """Set the quantity of a line."""

    cart_id: Id
    """The cart: `Cart.id`."""
    line_id: Id
    """The line: `CartLine.id`."""
    quantity: int
    """The new number of units, 1 to 999 by default; use `removeCartLine` instead of 0."""
    expected_revision: int | None = None
    """`Cart.revision` as last read: the mutation is refused with STALE_VERSION if the cart has changed."""
    guest_token: str | None = field(default=None, repr=False)
    """The secret of a guest cart, `CreateCartPayload.guestToken`; not needed for the caller's own cart."""


async def change_cart_line(unit: Unit, command: ChangeCartLine) -> Cart:
    """So many on the line from now on; fewer is possible also of what cannot be bought any more.

    The quantity that it has changes nothing, and the cart keeps its revision.

    Raises InvalidInput, NotFound, CartNotActive, StaleVersion, VariantNotForSale, VariantNotPriced.
    """
    with check_input() as checks:
        checks.run(_check_quantity, unit, command.quantity)
    cart, content = await _open(unit, command)
    line, variant = _find_line(content, command.line_id)
    if command.quantity == line.quantity:
        return await quote_cart(unit, cart)
    if command.quantity > line.quantity:
        check_orderable(variant, cart.channel, cart.currency, path="lineId")
    line.quantity = command.quantity
    line.updated_at = unit.now
    await _announce_use(unit, cart, content)
    return cart


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveCartLine:
    """Remove a line from a cart."""

    cart_id: Id
    """The cart: `Cart.id`."""
    line_id: Id
    """The line: `CartLine.id`."""
    expected_revision: int | None = None
    """`Cart.revision` as last read: the mutation is refused with STALE_VERSION if the cart has changed."""
    guest_token: str | None = field(default=None, repr=False)
    """The secret of a guest cart, `CreateCartPayload.guestToken`; not needed for the caller's own cart."""


async def remove_cart_line(unit: Unit, command: RemoveCartLine) -> Cart:
    """The cart without that line; raises NotFound, CartNotActive, StaleVersion."""
    cart, content = await _open(unit, command)
    removed = _find_line(content, command.line_id)
    await CartRepository(unit.session).delete_line(removed[0].id)
    await _announce_use(unit, cart, [held for held in content if held is not removed])
    return cart


async def _open(unit: Unit, command: AddCartLine | ChangeCartLine | RemoveCartLine) -> tuple[Cart, Content]:
    """The cart, locked for a change by its owner, and what is in it."""
    cart = await lock_cart(unit, command.cart_id, command.guest_token)
    if cart.status != CartStatus.ACTIVE:
        raise CartNotActive(cart)
    if command.expected_revision not in (None, cart.revision):
        raise StaleVersion("cart", cart.id)
    return cart, await CartRepository(unit.session).lock_content_for_share(cart.id)


async def _announce_use(unit: Unit, cart: Cart, content: Content) -> None:
    """Announce a change by the owner, which keeps the cart alive."""
    cart.last_used_at = unit.now
    await announce(unit, cart, content)


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
