"""Signing keys on disk: one private file a key, written whole or not at all, by one process of many."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

from entrepot.shared.errors import InternalError

ALGORITHM: Final = "RS256"
_KEY_SIZE: Final = 2048
_PUBLIC_EXPONENT: Final = 65537
_SUFFIX: Final = ".json"


class KeyFileInvalid(InternalError):
    """A file in the folder of keys does not hold a key."""

    code = "KEY_FILE_INVALID"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} holds no signing key ({reason}). Restore it from a backup, or remove it.")


class KeyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file holds: the key in PEM, when it was made, and from when on it signs."""

    created_at: datetime
    signs_from: datetime
    private_key: str


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key pair. `number` counts up; `id` is the `kid`, the thumbprint of the public key (RFC 7638)."""

    number: int
    id: str
    created_at: datetime
    signs_from: datetime
    private_key: RSAPrivateKey
    public_jwk: dict[str, Any]


def generate_key_text() -> str:
    """A fresh RSA key of 2048 bits in PEM; takes tens of milliseconds."""
    return (
        generate_private_key(_PUBLIC_EXPONENT, _KEY_SIZE)
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )


def list_key_numbers(folder: Path) -> list[int]:
    """The numbers of the keys in the folder, ascending; makes the folder, closed to others, when there is none."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return sorted(int(path.stem) for path in folder.glob(f"*{_SUFFIX}") if path.stem.isdecimal())


def read_key(folder: Path, number: int) -> SigningKey | None:
    """The key of that number, None when it was removed; raises KeyFileInvalid."""
    path = _path(folder, number)
    try:
        file = msgspec.json.decode(path.read_bytes(), type=KeyFile)
        private_key = serialization.load_pem_private_key(file.private_key.encode(), password=None)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise KeyFileInvalid(path, str(error)) from None
    if not isinstance(private_key, RSAPrivateKey):
        raise KeyFileInvalid(path, "not an RSA key")
    jwk = _build_jwk(private_key)
    return SigningKey(number, jwk["kid"], file.created_at, file.signs_from, private_key, jwk)


def write_key(folder: Path, number: int, file: KeyFile) -> bool:
    """Write the key, readable by its owner alone; False when another process wrote that number first."""
    draft = folder / f".{number}-{os.getpid()}.draft"
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(msgspec.json.encode(file))
            stream.flush()
            os.fsync(stream.fileno())
        # A link refuses a name that is taken, where a rename would replace another process's key.
        os.link(draft, _path(folder, number))
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    return True


def remove_key(folder: Path, number: int) -> None:
    _path(folder, number).unlink(missing_ok=True)


def _path(folder: Path, number: int) -> Path:
    return folder / f"{number:08d}{_SUFFIX}"


def _build_jwk(private_key: RSAPrivateKey) -> dict[str, Any]:
    public = RSAAlgorithm.to_jwk(private_key.public_key(), as_dict=True)
    members = {name: public[name] for name in ("e", "kty", "n")}
    thumbprint = hashlib.sha256(msgspec.json.encode(members, order="sorted")).digest()
    kid = base64.urlsafe_b64encode(thumbprint).decode().rstrip("=")
    return {**members, "kid": kid, "use": "sig", "alg": ALGORITHM}
