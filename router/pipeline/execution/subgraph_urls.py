"""Subgraph URLs: the environment takes precedence over the configuration, and that over the supergraph."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from entrepot.router.config import RouterConfig
from entrepot.router.errors import ConfigurationInvalid
from entrepot.router.supergraph import Supergraph

_VARIABLE: Final = re.compile(r"ENTREPOT_SUBGRAPH_[A-Z0-9_]+_URL")
_NOT_IN_VARIABLES: Final = re.compile(r"[^A-Za-z0-9]")


def name_variable(subgraph: str) -> str:
    """The environment variable of a subgraph's URL: the name in upper case, with `_` for all but letters and digits."""
    return f"ENTREPOT_SUBGRAPH_{_NOT_IN_VARIABLES.sub('_', subgraph).upper()}_URL"


def find_urls(supergraph: Supergraph, config: RouterConfig, environ: Mapping[str, str]) -> dict[str, str]:
    """The URL of each subgraph by its name; raises ConfigurationInvalid for a variable that several could mean."""
    urls = {subgraph.name: subgraph.url for subgraph in supergraph.subgraphs.values()}
    return urls | override_urls(urls, config.override_subgraph_urls, environ)


def override_urls(names: Iterable[str], configured: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Those URLs that the configuration or the environment gives; raises ConfigurationInvalid as `find_urls` does."""
    found = dict(configured)
    meant: dict[str, str] = {}
    for name in names:
        variable = name_variable(name)
        if not environ.get(variable):
            continue
        if variable in meant:
            raise ConfigurationInvalid(
                f"{variable} could mean the subgraph {meant[variable]} and the subgraph {name}. "
                "Set override_subgraph_urls in the configuration instead."
            )
        meant[variable] = name
        found[name] = environ[variable]
    return found


def list_unknown_variables(names: Iterable[str], environ: Mapping[str, str]) -> list[str]:
    """Variables of that form that mean no subgraph: misspelt, or of one that is gone."""
    known = {name_variable(name) for name in names}
    return sorted(name for name in environ if _VARIABLE.fullmatch(name) and name not in known)
