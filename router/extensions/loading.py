"""Loading of the extensions that the configuration names."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

from entrepot.router.errors import ConfigurationInvalid
from entrepot.router.extensions.extension import Extension


def load_extensions(names: Iterable[str]) -> list[Extension]:
    """The extensions of these names, each `package.module:name` of one, or of what makes one without arguments.

    Raises ConfigurationInvalid for a name that leads to nothing, or to something else.
    """
    return [_load(name) for name in names]


def _load(name: str) -> Extension:
    module, _, attribute = name.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ConfigurationInvalid(f"The extension {name} cannot be loaded: {error}.".replace("..", ".")) from error
    made = found
    if not isinstance(found, Extension) and callable(found):
        try:
            made = found()
        except Exception as error:
            raise ConfigurationInvalid(f"The extension {name} cannot be made: {error!r}.") from error
    if not isinstance(made, Extension):
        raise ConfigurationInvalid(f"{name} is no extension: derive it from entrepot.router.extensions.Extension.")
    return made
