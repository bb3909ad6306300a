"""The two mutations that open a session with a password."""

from __future__ import annotations

from functools import partial

from entrepot.shared.events.inbox.idempotency import check_key
from entrepot.shared.graphql import mutate, mutate_once
from entrepot.shared.input_checks import check_input
from entrepot.subgraphs.accounts import service
from entrepot.subgraphs.accounts.api.inputs import LoginInput, RegisterInput
from entrepot.subgraphs.accounts.api.payloads import LoginPayload, RegisterPayload
from entrepot.subgraphs.accounts.api.prepared import mutate_prepared
from entrepot.subgraphs.accounts.api.types import AccountsContext
from entrepot.subgraphs.accounts.events import GuestCart
from entrepot.subgraphs.accounts.service import Registration, SignIn


async def register(context: AccountsContext, given: RegisterInput) -> RegisterPayload:
    """The user and their first tokens; a repeated key answers with the same user and fresh tokens."""

    async def prepare() -> tuple[Registration, GuestCart | None]:
        with check_input() as checks:
            checks.run(service.check_registration, email=given.email, password=given.password, name=given.name)
            checks.run(check_key, given.idempotency_key)
            if given.guest_cart:
                checks.run(given.guest_cart.to_guest_cart)
        guest_cart = given.guest_cart.to_guest_cart() if given.guest_cart else None
        registration = await service.prepare_registration(
            context.dependencies,
            email=given.email,
            password=given.password,
            name=given.name,
            caller_address=context.address,
        )
        return registration, guest_cart

    async def create(prepared: tuple[Registration, GuestCart | None]) -> RegisterPayload:
        registration, guest_cart = prepared
        key = given.idempotency_key
        return await mutate_once(
            context,
            RegisterPayload,
            lambda unit: service.register(unit, registration=registration, guest_cart=guest_cart),
            partial(RegisterPayload.claiming, given.guest_cart),
            operation="register",
            key=key,
            given={"email": registration.email, "name": registration.name, "guestCart": guest_cart},
            identity=lambda signed_in: signed_in.user.id,
            reload=lambda unit, user_id: service.sign_in_again(
                unit, user_id=user_id, registration=registration, key=key
            ),
        )

    return await mutate_prepared(RegisterPayload, prepare(), create)


async def log_in(context: AccountsContext, given: LoginInput) -> LoginPayload:
    """The user and their tokens."""

    async def prepare() -> tuple[SignIn, GuestCart | None]:
        guest_cart = given.guest_cart.to_guest_cart() if given.guest_cart else None
        sign_in = await service.prepare_login(
            context.transactions, email=given.email, password=given.password, caller_address=context.address
        )
        return sign_in, guest_cart

    async def open_session(prepared: tuple[SignIn, GuestCart | None]) -> LoginPayload:
        sign_in, guest_cart = prepared
        return await mutate(
            context,
            LoginPayload,
            lambda unit: service.log_in(unit, sign_in=sign_in, guest_cart=guest_cart),
            partial(LoginPayload.claiming, given.guest_cart),
        )

    return await mutate_prepared(LoginPayload, prepare(), open_session)
