"""Secrets in the environment: read from the files that `*_FILE` names, and refused while they are placeholders."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from entrepot.shared.errors import SettingsInvalid

_PREFIX: Final = "ENTREPOT_"
_FILE: Final = "_FILE"
# Settings that name a file themselves: those of TLS are read by OpenSSL.
_OWN: Final = frozenset(
    {
        "ENTREPOT_AUDIT_KEY_FILE",
        "ENTREPOT_IDENTITY_JWKS_CA_FILE",
        "ENTREPOT_SERVER_CERT_FILE",
        "ENTREPOT_SERVER_KEY_FILE",
        "ENTREPOT_SERVER_CLIENT_CA_FILE",
        "ENTREPOT_KAFKA_CA_FILE",
        "ENTREPOT_KAFKA_CERT_FILE",
        "ENTREPOT_KAFKA_KEY_FILE",
        "ENTREPOT_REDIS_CA_FILE",
        "ENTREPOT_REDIS_CERT_FILE",
        "ENTREPOT_REDIS_KEY_FILE",
    }
)
_PLACEHOLDERS: Final = frozenset({"change-me", "changeme", "change_me"})
_MAX_BYTES: Final = 64 * 1024


def read_secret_files(environ: MutableMapping[str, str]) -> None:
    """Replace each `ENTREPOT_NAME_FILE` by `ENTREPOT_NAME` with the text of the file, white space around it left out.

    Raises SettingsInvalid for a file that cannot be read, and for a setting that is given both ways.
    """
    for key in [key for key in environ if key.startswith(_PREFIX) and key.endswith(_FILE) and key not in _OWN]:
        path, name = environ[key], key.removesuffix(_FILE)
        if not path:
            del environ[key]
            continue
        if environ.get(name):
            raise SettingsInvalid(f"{name} and {key} are both set. Set one of them.")
        environ[name] = _read(key, Path(path))
        del environ[key]


def refuse_placeholders(environ: Mapping[str, str]) -> None:
    """Raise SettingsInvalid for a setting that is still `change-me`, or a URL with it as its password."""
    found = [key for key, value in environ.items() if key.startswith(_PREFIX) and _is_placeholder(value)]
    if found:
        raise SettingsInvalid(
            f"{', '.join(sorted(found))}: `change-me` is a placeholder that everybody can read in .env.example. "
            "Change it: `openssl rand -hex 24` makes a password."
        )


def _is_placeholder(value: str) -> bool:
    if value.strip().lower() in _PLACEHOLDERS:
        return True
    try:
        password = urlsplit(value).password
    except ValueError:
        return False
    return password is not None and password.lower() in _PLACEHOLDERS


def _read(key: str, path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise SettingsInvalid(
                f"The file {path} that {key} names has more than {_MAX_BYTES} bytes: it is no secret."
            )
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise SettingsInvalid(f"The file {path} that {key} names cannot be read: {reason}.") from error
