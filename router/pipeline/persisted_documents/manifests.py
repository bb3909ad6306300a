"""Files of persisted documents: folders of GraphQL, manifests of build tools."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from entrepot.router.errors import ConfigurationInvalid
from entrepot.router.pipeline.persisted_documents.registry import PersistedDocument

_APOLLO_FORMAT: Final = "apollo-persisted-query-manifest"
_APOLLO_VERSION: Final = 1


def read_documents(paths: Iterable[str]) -> Iterator[PersistedDocument]:
    """All documents below the paths; raises ConfigurationInvalid for what cannot be read or is of no known form."""
    for name in paths:
        path = Path(name)
        if path.is_dir():
            yield from _read_folder(path)
        elif (read := _READERS.get(path.suffix)) is not None:
            yield from read(path)
        else:
            raise ConfigurationInvalid(f"{path} is neither a folder nor a file of {', '.join(sorted(_READERS))}.")


def _read_folder(folder: Path) -> Iterator[PersistedDocument]:
    """Each file is one document; `cart/addLine.graphql` has the identifier `cart.addLine`."""
    for path in sorted(folder.rglob("*.graphql")):
        identifier = ".".join(path.relative_to(folder).with_suffix("").parts)
        yield PersistedDocument(identifier, _read_text(path))


def _read_document(path: Path) -> Iterator[PersistedDocument]:
    yield PersistedDocument(path.stem, _read_text(path))


def _read_manifest(path: Path) -> Iterator[PersistedDocument]:
    try:
        content = orjson.loads(_read_text(path))
    except orjson.JSONDecodeError as error:
        raise ConfigurationInvalid(f"The manifest {path} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise _unknown_form(path)
    return _read_apollo(path, content) if "format" in content else _read_map(path, content)


def _read_apollo(path: Path, content: Mapping[str, Any]) -> Iterator[PersistedDocument]:
    """Format 1 of Apollo's manifest: a list of operations, each with its `id` and its `body`."""
    if (content["format"], content.get("version")) != (_APOLLO_FORMAT, _APOLLO_VERSION):
        raise ConfigurationInvalid(f"The manifest {path} must have the format {_APOLLO_FORMAT}, version 1.")
    operations = content.get("operations")
    if not isinstance(operations, list):
        raise _unknown_form(path)
    for operation in operations:
        match operation:
            case {"id": str(identifier), "body": str(text)}:
                yield PersistedDocument(identifier, text)
            case _:
                raise _unknown_form(path)


def _read_map(path: Path, content: Mapping[str, Any]) -> Iterator[PersistedDocument]:
    """A map of identifiers to texts, as the Relay compiler writes it."""
    for identifier, text in content.items():
        if not isinstance(text, str):
            raise _unknown_form(path)
        yield PersistedDocument(identifier, text)


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationInvalid(f"The file {path} cannot be read: {error}") from error


def _unknown_form(path: Path) -> ConfigurationInvalid:
    return ConfigurationInvalid(
        f"The manifest {path} must be one of Apollo's, or a JSON object of identifiers and the texts of documents."
    )


_READERS: Final[Mapping[str, Callable[[Path], Iterator[PersistedDocument]]]] = {
    ".graphql": _read_document,
    ".json": _read_manifest,
}
