"""Settings: frozen dataclasses read once from the environment, unknown keys refused."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from entrepot.shared.errors import SettingsInvalid

S = TypeVar("S")


def read_settings(cls: type[S], environ: Mapping[str, str], prefix: str) -> S:
    """Fill the dataclass `cls` from the variables named `PREFIX_FIELD`.

    A field without a default is required; lists are written comma-separated; booleans as true/false/1/0. Raises
    SettingsInvalid naming every variable that is missing, unknown (with the nearest known name) or of the wrong type,
    or what the class itself objects to (a ValueError of its `__post_init__`).
    """
    hints = get_type_hints(cls, include_extras=True)
    fields = {f"{prefix}_{field.name.upper()}": field for field in dataclasses.fields(cls)}  # type: ignore[arg-type]  # any dataclass
    given = {key: value for key, value in environ.items() if key.startswith(f"{prefix}_")}
    problems = [_unknown(key, fields) for key in given if key not in fields]
    values: dict[str, Any] = {}
    for key, field in fields.items():
        if key in given:
            try:
                values[field.name] = _convert(given[key], hints[field.name])
            except msgspec.ValidationError as error:
                problems.append(f"{key}: {error}")
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            problems.append(f"{key} is required")
    if problems:
        raise SettingsInvalid("Settings are invalid: " + "; ".join(problems))
    try:
        return cls(**values)
    except ValueError as error:
        raise SettingsInvalid(f"Settings are invalid: {error}") from None


def _convert(text: str, kind: Any) -> Any:
    plain = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if (get_origin(plain) or plain) in (tuple, list, frozenset):
        return msgspec.convert([part.strip() for part in text.split(",") if part.strip()], kind, strict=False)
    return msgspec.convert(text, kind, strict=False)


def _unknown(key: str, known: Mapping[str, Any]) -> str:
    nearest = get_close_matches(key, known, n=1)
    return f"{key} is unknown" + (f", did you mean {nearest[0]}?" if nearest else "")
