"""Key sets of issuers, as they are and as they should not be (faults/router/06, faults/security F14 a and d)."""

import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

from entrepot.shared.auth import Denylist, StaticKeys, TokenForged, TokenRules, TokenVerifier, read_key_set
from entrepot.shared.caching import MemoryCache
from entrepot.shared.errors import Unauthenticated
from tests.support.clock import ManualClock
from tests.support.tokens import AUDIENCE, ISSUER, signing_key

RSA, OTHER = signing_key("k1"), signing_key("k2")
EC = {
    name: ec.generate_private_key(curve)
    for name, curve in (
        ("ES256", ec.SECP256R1()),
        ("ES384", ec.SECP384R1()),
        ("ES512", ec.SECP521R1()),
        ("ES256K", ec.SECP256K1()),
    )
}
ED = {"Ed25519": ed25519.Ed25519PrivateKey.generate(), "Ed448": ed448.Ed448PrivateKey.generate()}


def to_jwk(key: Any, **members: Any) -> dict[str, Any]:
    public = key.public_key()
    kind = (
        jwt.algorithms.RSAAlgorithm
        if isinstance(key, rsa.RSAPrivateKey)
        else jwt.algorithms.ECAlgorithm
        if isinstance(key, ec.EllipticCurvePrivateKey)
        else jwt.algorithms.OKPAlgorithm
    )
    written = json.loads(kind.to_jwk(public))
    for name in ("key_ops", "use", "alg"):
        written.pop(name, None)
    return {**written, "kid": "k1", **members}


GOOD = to_jwk(RSA)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def sign(clock: ManualClock, key: Any, algorithm: str, header: dict[str, Any] | None = None, **claims: Any) -> str:
    now = int(clock.now().timestamp())
    payload = {"iss": ISSUER, "aud": AUDIENCE, "sub": "usr_1", "jti": "t1", "iat": now, "exp": now + 300, **claims}
    written = {name: value for name, value in payload.items() if value is not None}
    headers = {"kid": "k1", **(header or {})}
    if headers["kid"] is None:
        del headers["kid"]
    return jwt.encode(written, key, algorithm=algorithm, headers=headers)


def build(clock: ManualClock, keys: list[Any], **rules: Any) -> TokenVerifier:
    wanted = TokenRules(**{"issuer": ISSUER, "audience": AUDIENCE, **rules})
    return TokenVerifier(wanted, StaticKeys({"keys": keys}), clock)


ALGORITHMS = [
    *((RSA, name) for name in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")),
    *((key, name) for name, key in EC.items()),
    (ED["Ed25519"], "EdDSA"),
    (ED["Ed448"], "EdDSA"),
]


class TestAlgorithms:
    @pytest.mark.parametrize(("key", "algorithm"), ALGORITHMS)
    async def test_a_key_without_alg_is_for_every_algorithm_of_its_type(
        self, clock: ManualClock, key: Any, algorithm: str
    ) -> None:
        verifier = build(clock, [to_jwk(key)], algorithms=(algorithm,))
        assert (await verifier.verify(sign(clock, key, algorithm))).user_id == "usr_1"

    async def test_several_algorithms_of_one_key(self, clock: ManualClock) -> None:
        verifier = build(clock, [GOOD], algorithms=("RS256", "RS384"))
        for algorithm in ("RS256", "RS384"):
            assert (await verifier.verify(sign(clock, RSA, algorithm))).is_authenticated
        with pytest.raises(TokenForged):
            await verifier.verify(sign(clock, RSA, "RS512"))

    @pytest.mark.parametrize("algorithm", ["RS256", "PS512"])
    async def test_a_key_with_alg_is_for_that_alone(self, clock: ManualClock, algorithm: str) -> None:
        verifier = build(clock, [to_jwk(RSA, alg="RS512")], algorithms=("RS256", "RS512", "PS512"))
        assert (await verifier.verify(sign(clock, RSA, "RS512"))).is_authenticated
        with pytest.raises(TokenForged):
            await verifier.verify(sign(clock, RSA, algorithm))

    async def test_a_curve_is_for_its_own_algorithm(self, clock: ManualClock) -> None:
        verifier = build(clock, [to_jwk(EC["ES384"])], algorithms=("ES256", "ES384"))
        assert (await verifier.verify(sign(clock, EC["ES384"], "ES384"))).is_authenticated

    async def test_keys_of_one_id_and_several_types(self, clock: ManualClock) -> None:
        verifier = build(clock, [to_jwk(EC["ES256"]), GOOD], algorithms=("RS256", "ES256"))
        for key, algorithm in ((RSA, "RS256"), (EC["ES256"], "ES256")):
            assert (await verifier.verify(sign(clock, key, algorithm))).is_authenticated


class TestKeys:
    """Each key that is not to be used, or cannot be, is left out, and the others are used."""

    @pytest.mark.parametrize(
        "members",
        [
            {"use": "enc"},
            {"use": ["sig"]},
            {"use": 5},
            {"key_ops": ["encrypt"]},
            {"key_ops": []},
            {"key_ops": ["sign"]},
            {"key_ops": "verify"},
            {"use": "sig", "key_ops": ["wrapKey"]},
            {"use": "enc", "key_ops": ["verify"]},
            {"alg": "RSA-OAEP"},
            {"alg": 5},
            {"kid": ["a"]},
            {"kid": 5},
            {"kty": "oct", "k": "AAAA"},
            {"kty": "FOO"},
            {"kty": ["RSA"]},
            {"n": "!!"},
            {"n": 5},
            {"n": None},
            {"e": "AA"},
        ],
    )
    async def test_it_is_left_out(self, clock: ManualClock, members: dict[str, Any]) -> None:
        bad = {**GOOD, **members}
        verifier = build(clock, [bad], optional=("kid",))
        with pytest.raises(Unauthenticated):
            await verifier.verify(sign(clock, RSA, "RS256"))
        beside = build(clock, [bad, GOOD])
        assert (await beside.verify(sign(clock, RSA, "RS256"))).is_authenticated

    @pytest.mark.parametrize("bad", [5, None, "key", ["kid"], [], {}, {"kty": "RSA"}, {"kty": "EC", "crv": "P-256"}])
    async def test_an_entry_that_is_no_key_spoils_nothing(self, clock: ManualClock, bad: Any) -> None:
        verifier = build(clock, [bad, GOOD, bad])
        assert (await verifier.verify(sign(clock, RSA, "RS256"))).is_authenticated

    @pytest.mark.parametrize("members", [{"use": "sig"}, {"key_ops": ["verify"]}, {"key_ops": ["sign", "verify"]}])
    async def test_a_key_for_signatures_is_used(self, clock: ManualClock, members: dict[str, Any]) -> None:
        verifier = build(clock, [{**GOOD, **members, "x5c": ["zz"], "unknown": 1}])
        assert (await verifier.verify(sign(clock, RSA, "RS256"))).is_authenticated

    async def test_a_private_key_in_the_set_verifies_too(self, clock: ManualClock) -> None:
        private = {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(RSA)), "kid": "k1", "key_ops": ["sign", "verify"]}
        assert (await build(clock, [private]).verify(sign(clock, RSA, "RS256"))).is_authenticated

    @pytest.mark.parametrize("content", [None, [], {}, {"keys": None}, {"keys": {"a": 1}}, 5])
    def test_what_is_no_key_set_is_refused(self, content: Any) -> None:
        with pytest.raises(ValueError, match="list of `keys`"):
            read_key_set(content)


class TestOptional:
    """What issuers leave out is accepted where the configuration says so (faults/router/07)."""

    async def test_all_of_it_is_needed_by_default(self, clock: ManualClock) -> None:
        verifier = build(clock, [GOOD])
        for token in (
            sign(clock, RSA, "RS256", jti=None),
            sign(clock, RSA, "RS256", iat=None),
            sign(clock, RSA, "RS256", {"kid": None}),
        ):
            with pytest.raises(Unauthenticated):
                await verifier.verify(token)

    async def test_a_token_without_id_has_none(self, clock: ManualClock) -> None:
        wanted = TokenRules(ISSUER, AUDIENCE, optional=("jti", "iat"))
        denylist = Denylist(MemoryCache(clock), clock)
        verifier = TokenVerifier(wanted, StaticKeys({"keys": [GOOD]}), clock, denylist)
        principal = await verifier.verify(sign(clock, RSA, "RS256", jti=None, iat=None))
        assert (principal.user_id, principal.token_id) == ("usr_1", None)
        await denylist.revoke("t9", clock.now().replace(year=2100))
        with pytest.raises(Unauthenticated, match="revoked"):
            await verifier.verify(sign(clock, RSA, "RS256", jti="t9"))

    @pytest.mark.parametrize("claims", [{"sub": None}, {"exp": None}, {"sub": ""}])
    async def test_subject_and_end_are_always_needed(self, clock: ManualClock, claims: dict[str, Any]) -> None:
        verifier = build(clock, [GOOD], optional=("jti", "iat", "kid"))
        with pytest.raises(Unauthenticated):
            await verifier.verify(sign(clock, RSA, "RS256", **claims))

    async def test_a_token_without_key_id_is_tried_with_all_keys(self, clock: ManualClock) -> None:
        keys = [to_jwk(OTHER, kid="k2"), to_jwk(EC["ES256"], kid="k3"), GOOD]
        verifier = build(clock, keys, optional=("kid",))
        token = sign(clock, RSA, "RS256", {"kid": None})
        assert [(await verifier.verify(token)).user_id for _ in range(2)] == ["usr_1", "usr_1"]
        with pytest.raises(TokenForged):
            await verifier.verify(sign(clock, signing_key("evil"), "RS256", {"kid": None}))

    async def test_keys_without_id_are_tried_too(self, clock: ManualClock) -> None:
        nameless = [{name: value for name, value in to_jwk(key).items() if name != "kid"} for key in (OTHER, RSA)]
        verifier = build(clock, nameless, optional=("kid",))
        for header in ({"kid": None}, {"kid": "x"}):
            assert (await verifier.verify(sign(clock, RSA, "RS256", header))).is_authenticated
        with pytest.raises(TokenForged):
            await build(clock, nameless).verify(sign(clock, RSA, "RS256"))

    async def test_a_key_with_another_id_is_not_taken_for_the_one_that_is_named(self, clock: ManualClock) -> None:
        verifier = build(clock, [to_jwk(RSA, kid="k2")], optional=("kid",))
        with pytest.raises(TokenForged):
            await verifier.verify(sign(clock, RSA, "RS256", {"kid": "k1"}))


class TestClaims:
    async def test_other_names(self, clock: ManualClock) -> None:
        rules = {"audience_claim": "client_id", "id_claim": "uti", "scope_claim": "scp"}
        verifier = build(clock, [GOOD], **rules)
        claims = {"aud": None, "jti": None, "uti": "u7", "scp": ["a:x", "b:x"], "scope": "evil"}
        principal = await verifier.verify(sign(clock, RSA, "RS256", client_id=AUDIENCE, **claims))
        assert (principal.token_id, principal.scopes) == ("u7", {"a:x", "b:x"})
        for changes in ({"client_id": "other"}, {"client_id": None}, {"client_id": AUDIENCE, "uti": None}):
            with pytest.raises(Unauthenticated):
                await verifier.verify(sign(clock, RSA, "RS256", **{**claims, **changes}))

    async def test_the_names_of_a_forwarded_identity_are_not_believed(self, clock: ManualClock) -> None:
        """faults/security F14 c: an issuer may call its own claims as the router does."""
        verifier = build(clock, [GOOD])
        token = sign(clock, RSA, "RS256", act_jti="of-somebody-else", act_exp=10**10)
        principal = await verifier.verify(token)
        assert principal.token_id == "t1"
        assert principal.expires_at is not None
        assert principal.expires_at.timestamp() < clock.now().timestamp() + 301
        assert (await verifier.verify(sign(clock, RSA, "RS256", act_exp="x"))).is_authenticated

    @pytest.mark.parametrize(
        ("typ", "types", "is_accepted"),
        [
            ("at+jwt", ("at+jwt",), True),
            ("AT+JWT", ("at+jwt",), True),
            ("application/at+jwt", ("at+jwt",), True),
            ("JWT", ("at+jwt",), False),
            (None, ("at+jwt",), False),
            ("logout+jwt", ("at+jwt",), False),
            ("JWT", ("at+jwt", "JWT"), True),
            (None, ("at+jwt", "JWT"), True),
            ("logout+jwt", ("at+jwt", "JWT"), False),
            ("dpop+jwt", ("at+jwt", "JWT"), False),
            ("logout+jwt", ("logout+jwt",), True),
        ],
    )
    async def test_the_type_of_a_token(
        self, clock: ManualClock, typ: str | None, types: tuple[str, ...], *, is_accepted: bool
    ) -> None:
        """faults/security F14 b."""
        verifier = build(clock, [GOOD], token_types=types)
        token = sign(clock, RSA, "RS256", {"typ": typ})
        if is_accepted:
            assert (await verifier.verify(token)).is_authenticated
        else:
            with pytest.raises(Unauthenticated):
                await verifier.verify(token)
