"""YAML to typed configuration: variables of the environment filled in, unknown keys refused with the nearest name."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, TypeVar, get_args, get_origin, get_type_hints

import msgspec
import yaml

from entrepot.router.config.model import RouterConfig
from entrepot.router.errors import ConfigurationInvalid

T = TypeVar("T")
_VARIABLE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


def load_config(path: Path, environ: Mapping[str, str]) -> RouterConfig:
    """The configuration in the file; relative paths in it are read from the file's folder.

    Raises ConfigurationInvalid for a file that cannot be read and for whatever `parse_config` refuses.
    """
    config = parse_config(read_text(path), environ)
    return anchor_paths(config, path.parent)


def parse_config(text: str, environ: Mapping[str, str]) -> RouterConfig:
    """The configuration that the YAML describes, with `${NAME}` and `${NAME:-default}` filled in from `environ`.

    Raises ConfigurationInvalid for text that is no YAML mapping, an unknown key (with the nearest known one), a value
    of the wrong type, and a variable that is not set and has no default.
    """
    return convert_yaml(text, environ, RouterConfig)


def convert_yaml(text: str, environ: Mapping[str, str], kind: type[T]) -> T:
    """The value of the frozen dataclass `kind` that the YAML describes, checked in the same way."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigurationInvalid(f"The configuration is not YAML: {error}") from error
    values = _substitute({} if document is None else document, environ)
    problems = list(_unknown_keys(values, kind, ""))
    if problems:
        raise ConfigurationInvalid("The configuration is invalid: " + "; ".join(problems))
    try:
        return msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigurationInvalid(f"The configuration is invalid: {error}") from error


def read_text(path: Path) -> str:
    """The text of a file; raises ConfigurationInvalid when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationInvalid(f"The file {path} cannot be read: {error}") from error


def anchor_paths(config: RouterConfig, folder: Path) -> RouterConfig:
    """The same configuration with relative paths of files made relative to `folder`."""
    issuers = tuple(
        dataclasses.replace(issuer, jwks_file=_anchor(issuer.jwks_file, folder))
        for issuer in config.authentication.issuers
    )
    return dataclasses.replace(
        config,
        supergraph=_anchor(config.supergraph, folder),
        identity=dataclasses.replace(config.identity, key_file=_anchor(config.identity.key_file, folder)),
        persisted_documents=dataclasses.replace(
            config.persisted_documents, paths=tuple(str(folder / path) for path in config.persisted_documents.paths)
        ),
        authentication=dataclasses.replace(
            config.authentication,
            issuers=issuers,
            api_keys=dataclasses.replace(
                config.authentication.api_keys, file=_anchor(config.authentication.api_keys.file, folder)
            ),
        ),
    )


def _anchor(path: str | None, folder: Path) -> str | None:
    return None if path is None else str(folder / path)


def _substitute(value: Any, environ: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _substitute(item, environ) for key, item in value.items()}
    if isinstance(value, list):
        return [_substitute(item, environ) for item in value]
    if not isinstance(value, str):
        return value

    def fill(match: re.Match[str]) -> str:
        name, default = match.groups()
        # As in a shell, `:-` also stands in for a variable that is set but empty.
        found = environ.get(name) or default if default is not None else environ.get(name)
        if found is None:
            raise ConfigurationInvalid(
                f"The environment variable {name} is not set. Set it or write ${{{name}:-default}}."
            )
        return found

    return _VARIABLE.sub(fill, value)


def _unknown_keys(value: Any, kind: Any, where: str) -> list[str]:
    """One sentence for each key that the dataclass at that place does not have, at any depth."""
    if dataclasses.is_dataclass(kind) and isinstance(value, dict):
        hints = get_type_hints(kind)
        problems: list[str] = []
        for key, item in value.items():
            path = f"{where}.{key}" if where else str(key)
            if key in hints:
                problems += _unknown_keys(item, hints[key], path)
            else:
                nearest = get_close_matches(str(key), hints, n=1)
                problems.append(f"{path} is unknown" + (f", did you mean {nearest[0]}?" if nearest else ""))
        return problems
    if isinstance(value, list) and get_origin(kind) is tuple:
        return [
            problem
            for index, item in enumerate(value)
            for problem in _unknown_keys(item, get_args(kind)[0], f"{where}[{index}]")
        ]
    if isinstance(value, dict) and get_origin(kind) in (dict, Mapping):
        return [
            problem
            for key, item in value.items()
            for problem in _unknown_keys(item, get_args(kind)[1], f"{where}.{key}")
        ]
    members = [member for member in get_args(kind) if dataclasses.is_dataclass(member)]
    return _unknown_keys(value, members[0], where) if len(members) == 1 and isinstance(value, dict) else []
