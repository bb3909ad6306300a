"""The key with which heads of audit chains are signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from entrepot.shared.config import read_settings
from entrepot.shared.errors import SettingsInvalid

_PREFIX: Final = "ENTREPOT_AUDIT"
_MIN_LENGTH: Final = 32


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """Read from ENTREPOT_AUDIT_*: the key, or a file that holds it. Without either, heads are not signed."""

    key: str = ""
    key_file: str = ""


def read_audit_key(environ: Mapping[str, str]) -> bytes | None:
    """The key that the environment names, None without one; raises SettingsInvalid."""
    settings = read_settings(AuditSettings, environ, _PREFIX)
    key = settings.key
    if settings.key_file:
        if key:
            raise SettingsInvalid(f"{_PREFIX}_KEY and {_PREFIX}_KEY_FILE are both set. Set one of them.")
        try:
            key = Path(settings.key_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsInvalid(
                f"The file {settings.key_file} that {_PREFIX}_KEY_FILE names cannot be read: {error}."
            ) from error
    elif not key:
        return None
    if len(key) < _MIN_LENGTH:
        raise SettingsInvalid(
            f"The key of the audit chain has {len(key)} characters and needs at least {_MIN_LENGTH}. "
            "Make one with `openssl rand -hex 32`."
        )
    return key.encode()
