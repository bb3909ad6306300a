from hashlib import sha256

import pytest

from entrepot.router.operation import hash_text


def test_the_hash_of_a_document_is_that_of_its_utf8_bytes() -> None:
    assert hash_text("{ ä }") == sha256("{ ä }".encode()).hexdigest()


def test_half_of_a_surrogate_pair_has_a_hash_of_its_own() -> None:
    with pytest.raises(UnicodeEncodeError):
        "\ud800".encode()
    assert len({hash_text("\ud800"), hash_text("\udc00"), hash_text("?"), hash_text("")}) == 4
