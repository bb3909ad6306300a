"""A YAML text as values that know their place: which file, line and column each key came from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, Final

import yaml

from entrepot.router.errors import ConfigurationInvalid

Key = str | int
Path = tuple[Key, ...]
Place = tuple[int, int]

_VARIABLE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_STAND_IN: Final = re.compile("\ue000([\ue100-\uf8ff])\ue001*")
_MERGE: Final = "tag:yaml.org,2002:merge"


@dataclass(slots=True)
class Document:
    """What a YAML text says, variables filled in; `places` has line and column, from 1, of every value by its path."""

    source: str
    values: Any
    places: Mapping[Path, Place] = field(default_factory=dict)
    scalars: Mapping[Path, str] = field(default_factory=dict)
    """Plain values as they are written: `2.10` is not the number 2.1."""

    def locate(self, path: Path) -> str:
        """`file:line:column` of the value, or of the nearest one around it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.places:
                line, column = self.places[path[:length]]
                return f"{self.source}:{line}:{column}"
        return self.source


def read_document(text: str, environ: Mapping[str, str], source: str) -> Document:
    """Read the YAML; `source` names the file in messages.

    Raises ConfigurationInvalid for text that is not YAML, a key that is given twice, and a variable without a value.
    """
    stand_ins: list[str] = []
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        # `${NAME}` inside `{ }` or `[ ]` is no YAML, as braces mean something there; so it is read in disguise.
        disguised = _disguise(text, stand_ins)
        try:
            root = yaml.compose(disguised, Loader=yaml.SafeLoader)
        except yaml.YAMLError:
            raise _not_yaml(error, text, source) from error
    if root is None:
        return Document(source, {})
    reader = _Reader(source, environ, stand_ins)
    document = reader.read(root)
    document.values = _construct(root, text, source)
    document.values = reader.fill(document.values, (), document)
    return document


class _Reader:
    def __init__(self, source: str, environ: Mapping[str, str], stand_ins: list[str]) -> None:
        self._source = source
        self._environ = environ
        self._stand_ins = stand_ins

    def read(self, root: yaml.Node) -> Document:
        places: dict[Path, Place] = {}
        scalars: dict[Path, str] = {}
        for path, node, mark in _walk(root, (), root.start_mark, frozenset()):
            places.setdefault(path, (mark.line + 1, mark.column + 1))
            if isinstance(node, yaml.ScalarNode):
                scalars.setdefault(path, node.value)
            elif isinstance(node, yaml.MappingNode):
                self._refuse_twice(node, path)
        return Document(self._source, None, places, scalars)

    def fill(self, value: Any, path: Path, document: Document) -> Any:
        """The value with variables of the environment in it; raises ConfigurationInvalid for one that is not set."""
        if isinstance(value, dict):
            return {
                self._reveal(key): self.fill(item, (*path, self._reveal(key)), document) for key, item in value.items()
            }
        if isinstance(value, list):
            return [self.fill(item, (*path, index), document) for index, item in enumerate(value)]
        if not isinstance(value, str):
            return value

        def fill(match: re.Match[str]) -> str:
            name, default = match.groups()
            # As in a shell, `:-` also stands in for a variable that is set but empty.
            given = self._environ.get(name) or self._read_file(name, path, document)
            found = given or default if default is not None else given
            if found is None:
                raise ConfigurationInvalid(
                    f"{document.locate(path)}: {print_path(path)}: the environment variable {name} is not set. "
                    f"Set it, or write ${{{name}:-default}}."
                )
            return found

        return _VARIABLE.sub(fill, self._reveal(value))

    def _read_file(self, name: str, path: Path, document: Document) -> str | None:
        """The text of the file that `NAME_FILE` names, as secrets are mounted; None where nothing names one."""
        file = self._environ.get(f"{name}_FILE")
        if not file:
            return self._environ.get(name)
        try:
            return FilePath(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationInvalid(
                f"{document.locate(path)}: {print_path(path)}: the file {file} that the environment variable "
                f"{name}_FILE names cannot be read: {getattr(error, 'strerror', None) or 'it is not text in UTF-8'}."
            ) from error

    def _reveal(self, value: Any) -> Any:
        """The text with the variables that were disguised."""
        if not self._stand_ins or not isinstance(value, str):
            return value
        return _STAND_IN.sub(lambda match: self._stand_ins[ord(match[1]) - 0xE100], value)

    def _refuse_twice(self, node: yaml.MappingNode, path: Path) -> None:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
                if key.value in seen:
                    mark = key.start_mark
                    raise ConfigurationInvalid(
                        f"{self._source}:{mark.line + 1}:{mark.column + 1}: {print_path((*path, key.value))} is given "
                        "twice. Remove one."
                    )
                seen.add(key.value)


def print_path(path: Path) -> str:
    """The path as `a.b[0].c`."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return text.removeprefix(".") or "the whole file"


def _walk(
    node: yaml.Node, path: Path, mark: yaml.Mark, above: frozenset[int]
) -> Iterator[tuple[Path, yaml.Node, yaml.Mark]]:
    """Every value below a node with its path; a merged mapping (`<<`) comes last, since keys beside it win."""
    yield path, node, mark
    if id(node) in above:
        return
    above |= {id(node)}
    if isinstance(node, yaml.MappingNode):
        merged: list[yaml.Node] = []
        for key, value in node.value:
            if key.tag == _MERGE:
                merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
            else:
                yield from _walk(value, (*path, key.value), key.start_mark, above)
        for value in merged:
            yield from _walk(value, path, value.start_mark, above)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _walk(item, (*path, index), item.start_mark, above)


def _construct(root: yaml.Node, text: str, source: str) -> Any:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(root)
    except yaml.YAMLError as error:
        raise _not_yaml(error, text, source) from error
    finally:
        loader.dispose()


def _disguise(text: str, stand_ins: list[str]) -> str:
    """The text with each variable as letters that mean nothing in YAML, one for each of its characters."""
    if "\ue000" in text:
        return text

    def replace(match: re.Match[str]) -> str:
        stand_ins.append(match[0])
        return f"\ue000{chr(0xE100 + len(stand_ins) - 1)}".ljust(len(match[0]), "\ue001")

    return _VARIABLE.sub(replace, text)


def _not_yaml(error: yaml.YAMLError, text: str, source: str) -> ConfigurationInvalid:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    if mark is None:
        return ConfigurationInvalid(f"{source}: this is not YAML: {problem}.")
    lines = text.splitlines()
    shown = f"\n  {lines[mark.line]}\n  {' ' * mark.column}^" if mark.line < len(lines) else ""
    return ConfigurationInvalid(f"{source}:{mark.line + 1}:{mark.column + 1}: this is not YAML: {problem}.{shown}")
