"""The identity that a router forwards: for one subgraph, for a minute, by one key."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from entrepot.shared.auth import ANONYMOUS, IdentitySigner, IdentityVerifier, Principal
from entrepot.shared.errors import Unauthenticated
from tests.support.clock import ManualClock

KEY: Final = Ed25519PrivateKey.generate()
CUSTOMER: Final = Principal(
    user_id="usr_1",
    scopes=frozenset({"orders:read", "orders:create"}),
    roles=("customer", "support"),
    token_id="tok_1",
    session_id="ses_1",
    expires_at=datetime(2026, 1, 1, 13, tzinfo=UTC),
)


@pytest.fixture
def signer(clock: ManualClock) -> IdentitySigner:
    return IdentitySigner(KEY, clock)


@pytest.fixture
def verifier(clock: ManualClock) -> IdentityVerifier:
    return IdentityVerifier(KEY.public_key(), "orders", clock)


@pytest.mark.parametrize("principal", [ANONYMOUS, CUSTOMER, Principal(user_id="usr_2")])
def test_says_who_is_calling(signer: IdentitySigner, verifier: IdentityVerifier, principal: Principal) -> None:
    token = signer.token_for(principal, "orders")
    assert verifier.verify(token) == principal
    assert verifier.verify(token) == principal


def test_is_for_one_subgraph(signer: IdentitySigner, verifier: IdentityVerifier) -> None:
    with pytest.raises(Unauthenticated):
        verifier.verify(signer.token_for(CUSTOMER, "payments"))


def test_known_or_not_it_ends_in_time(signer: IdentitySigner, verifier: IdentityVerifier, clock: ManualClock) -> None:
    token = signer.token_for(CUSTOMER, "orders")
    assert verifier.verify(token)
    clock.advance(59.9)
    assert verifier.verify(token)
    clock.advance(0.1)
    for _ in range(2):
        with pytest.raises(Unauthenticated, match="expired"):
            verifier.verify(token)
    with pytest.raises(Unauthenticated, match="expired"):
        IdentityVerifier(KEY.public_key(), "orders", clock).verify(token)


def test_is_made_anew_long_before_it_ends(
    signer: IdentitySigner, verifier: IdentityVerifier, clock: ManualClock
) -> None:
    token = signer.token_for(CUSTOMER, "orders")
    clock.advance(39)
    assert signer.token_for(CUSTOMER, "orders") == token
    clock.advance(2)
    renewed = signer.token_for(CUSTOMER, "orders")
    assert renewed != token
    clock.advance(30)
    assert verifier.verify(renewed) == CUSTOMER


def test_every_caller_and_every_subgraph_has_its_own(signer: IdentitySigner) -> None:
    tokens = {
        signer.token_for(principal, audience)
        for principal in (ANONYMOUS, CUSTOMER, Principal(user_id="usr_1"))
        for audience in ("orders", "payments")
    }
    assert len(tokens) == 6


def test_claims_of_the_caller_do_not_make_it_something_else(
    signer: IdentitySigner, verifier: IdentityVerifier, clock: ManualClock
) -> None:
    claims = CUSTOMER.to_claims() | {"aud": "payments", "iss": "me", "exp": 9_999_999_999, "nbf": 9_999_999_999}
    token = signer.sign(claims, "orders")
    assert verifier.verify(token).user_id == "usr_1"
    clock.advance(61)
    with pytest.raises(Unauthenticated):
        verifier.verify(token)


@pytest.mark.parametrize(
    ("key", "algorithm", "changes"),
    [
        (Ed25519PrivateKey.generate(), "EdDSA", {}),
        (KEY, "EdDSA", {"iss": "accounts"}),
        (KEY, "EdDSA", {"iss": None}),
        (KEY, "EdDSA", {"aud": None}),
        (KEY, "EdDSA", {"exp": None}),
        (KEY, "EdDSA", {"iat": None}),
        (KEY, "EdDSA", {"scope": 5}),
        (b"0" * 32, "HS256", {}),
        (None, "none", {}),
    ],
)
def test_refuses_what_no_router_of_ours_signed(
    verifier: IdentityVerifier, clock: ManualClock, key: Any, algorithm: str, changes: dict[str, Any]
) -> None:
    now = int(clock.now().timestamp())
    claims = {"iss": "entrepot-router", "aud": "orders", "iat": now, "exp": now + 60, "sub": "usr_1"} | changes
    token = jwt.encode({name: value for name, value in claims.items() if value is not None}, key, algorithm=algorithm)
    with pytest.raises(Unauthenticated):
        verifier.verify(token)


@pytest.mark.parametrize("token", ["", "a.b.c", "\ud800", "x" * 20_000, "W1tbW1tb" * 1500 + ".e30."])
def test_refuses_what_is_no_token(verifier: IdentityVerifier, token: str) -> None:
    with pytest.raises(Unauthenticated):
        verifier.verify(token)


def test_scopes_cannot_be_widened_on_the_way(signer: IdentitySigner, verifier: IdentityVerifier) -> None:
    head, body, signature = signer.token_for(CUSTOMER, "orders").split(".")
    _, other_body, _ = signer.token_for(Principal(user_id="usr_1", scopes=frozenset({"admin:outbox"})), "orders").split(
        "."
    )
    for forged in (f"{head}.{other_body}.{signature}", f"{head}.{body}.", f"{head}.{body}"):
        with pytest.raises(Unauthenticated):
            verifier.verify(forged)


def test_what_is_known_is_bounded(
    signer: IdentitySigner, verifier: IdentityVerifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("entrepot.shared.auth.forwarding._MAX_CACHED", 5)
    for number in range(20):
        principal = Principal(user_id=f"usr_{number}")
        assert verifier.verify(signer.token_for(principal, "orders")) == principal
    assert len(signer._made) == len(verifier._known) == 5


class TestRotation:
    def test_tokens_of_every_key_are_taken(self, clock: ManualClock) -> None:
        old, new, strange = (Ed25519PrivateKey.generate() for _ in range(3))
        verifier = IdentityVerifier([old.public_key(), new.public_key()], "orders", clock)
        for key in (old, new):
            assert verifier.verify(IdentitySigner(key, clock).token_for(CUSTOMER, "orders")) == CUSTOMER
        with pytest.raises(Unauthenticated):
            verifier.verify(IdentitySigner(strange, clock).token_for(CUSTOMER, "orders"))
