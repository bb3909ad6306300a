"""YAML to typed configuration: variables of the environment filled in, unknown keys refused with the nearest name."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from entrepot.router.config.document import Document, print_path, read_document
from entrepot.router.config.document import Path as DocumentPath
from entrepot.router.config.model import RouterConfig
from entrepot.router.config.refusals import explain_refusal
from entrepot.router.config.server import ServerConfig
from entrepot.router.config.traffic import SubgraphTrafficConfig
from entrepot.router.errors import ConfigurationInvalid

T = TypeVar("T")
Section = TypeVar("Section", ServerConfig, SubgraphTrafficConfig)
STANDARD_INPUT: Final = Path("-")


def load_config(path: Path, environ: Mapping[str, str]) -> RouterConfig:
    """The configuration in the file; relative paths in it are read from the file's folder.

    Raises ConfigurationInvalid for a file that cannot be read and for whatever `parse_config` refuses.
    """
    config = parse_config(read_text(path), environ, name_source(path))
    return anchor_paths(config, path.parent)


def parse_config(text: str, environ: Mapping[str, str], source: str = "the configuration") -> RouterConfig:
    """The configuration that the YAML describes, with `${NAME}` and `${NAME:-default}` filled in from `environ`.

    `source` names the file in messages. Raises ConfigurationInvalid for text that is no YAML mapping, an unknown key
    (with the nearest known one), a value of the wrong type, and a variable that is not set and has no default.
    """
    return convert_document(read_document(text, environ, source), RouterConfig)


def convert_document(document: Document, kind: type[T]) -> T:
    """The value of the frozen dataclass `kind` that the document describes, checked in the same way."""
    problems = [f"{document.locate(path)}: {message}" for path, message in _unknown_keys(document.values, kind, ())]
    if problems:
        raise ConfigurationInvalid("\n".join(problems))
    try:
        return msgspec.convert(document.values, kind, strict=False)
    except msgspec.ValidationError as error:
        path, message = explain_refusal(error, document.values, kind)
        raise ConfigurationInvalid(f"{document.locate(path)}: {print_path(path)}: {message}") from error


def read_text(path: Path) -> str:
    """The text of a file, `-` being standard input; raises ConfigurationInvalid when there is none to read."""
    if path == STANDARD_INPUT:
        return _read_standard_input()
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationInvalid(f"The file {path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise ConfigurationInvalid(f"The file {path} is not text in UTF-8: {error.reason}.") from error


def name_source(path: Path) -> str:
    """The name of a file in messages."""
    return "standard input" if path == STANDARD_INPUT else str(path)


@cache
def _read_standard_input() -> str:
    """What comes in, kept: a reload reads its files again, and this can be read only once."""
    try:
        return sys.stdin.read()
    except UnicodeDecodeError as error:
        raise ConfigurationInvalid(f"Standard input is not text in UTF-8: {error.reason}.") from error


def anchor_paths(config: RouterConfig, folder: Path) -> RouterConfig:
    """The same configuration with relative paths of files made relative to `folder`."""
    issuers = tuple(
        dataclasses.replace(
            issuer,
            jwks_file=_anchor(issuer.jwks_file, folder),
            jwks_ca_file=_anchor(issuer.jwks_ca_file, folder),
        )
        for issuer in config.authentication.issuers
    )
    traffic = config.traffic
    return dataclasses.replace(
        config,
        supergraph=_anchor(config.supergraph, folder),
        server=_anchor_tls(config.server, folder),
        traffic=dataclasses.replace(
            traffic,
            all=_anchor_tls(traffic.all, folder),
            subgraphs={name: _anchor_tls(each, folder) for name, each in traffic.subgraphs.items()},
        ),
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


def _anchor_tls(section: Section, folder: Path) -> Section:
    """The section with the files of its `tls`, all of whose keys are paths, relative to `folder`."""
    tls = section.tls
    if tls is None:
        return section
    files: dict[str, Any] = {field.name: _anchor(getattr(tls, field.name), folder) for field in dataclasses.fields(tls)}
    return dataclasses.replace(section, tls=dataclasses.replace(tls, **files))


def _anchor(path: str | None, folder: Path) -> str | None:
    return None if path is None else str(folder / path)


def _unknown_keys(value: Any, kind: Any, path: DocumentPath) -> list[tuple[DocumentPath, str]]:
    """The path of each key that the dataclass at that place does not have, at any depth, and what to say of it."""
    if dataclasses.is_dataclass(kind) and isinstance(value, dict):
        hints = get_type_hints(kind)
        problems: list[tuple[DocumentPath, str]] = []
        for key, item in value.items():
            place = (*path, str(key))
            if key in hints:
                problems += _unknown_keys(item, hints[key], place)
            else:
                nearest = get_close_matches(str(key), hints, n=1)
                hint = f", did you mean {nearest[0]}?" if nearest else "."
                problems.append((place, f"{print_path(place)} is unknown{hint}"))
        return problems
    if isinstance(value, list) and get_origin(kind) is tuple:
        return [
            problem
            for index, item in enumerate(value)
            for problem in _unknown_keys(item, get_args(kind)[0], (*path, index))
        ]
    if isinstance(value, dict) and get_origin(kind) in (dict, Mapping):
        return [
            problem
            for key, item in value.items()
            for problem in _unknown_keys(item, get_args(kind)[1], (*path, str(key)))
        ]
    members = [member for member in get_args(kind) if dataclasses.is_dataclass(member)]
    return _unknown_keys(value, members[0], path) if len(members) == 1 and isinstance(value, dict) else []
