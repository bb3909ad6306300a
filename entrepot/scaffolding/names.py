"""The names of a new subgraph and its entity, in every form that files need; what cannot be a name is refused."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from entrepot.shared.errors import InternalError

_NAME: Final = re.compile(r"[a-z][a-z0-9]{1,23}")
_ENTITY: Final = re.compile(r"(?:[A-Z][a-z]+){1,4}")
_MAX_ENTITY: Final = 32
_MAX_PREFIX: Final = 4
_RESERVED: Final = frozenset({"entrepot", "kernel", "registry", "router", "shared", "subgraphs", "worker"})
_WORD: Final = re.compile(r"(?<!^)(?=[A-Z])")
_SIBILANT: Final = re.compile(r"(?:s|x|z|ch|sh)$")
_CONSONANT_Y: Final = re.compile(r"(?<![aeiou])y$")


class NameRefused(InternalError):
    """A new subgraph or its entity cannot have this name; the message says which names are possible."""

    code = "NAME_REFUSED"


@dataclass(frozen=True, slots=True)
class Names:
    """The subgraph and its entity, such as `shipping` and `Shipment`."""

    subgraph: str
    entity: str

    @property
    def singular(self) -> str:
        """The entity as an identifier, such as `work_order`."""
        return _WORD.sub("_", self.entity).lower()

    @property
    def plural(self) -> str:
        """Several of it, such as `work_orders`."""
        name = self.singular
        if _SIBILANT.search(name):
            return f"{name}es"
        return f"{_CONSONANT_Y.sub('ie', name)}s"

    def to_tokens(self, revision: str) -> Mapping[str, str]:
        """What stands for each token of the templates."""
        words, plural = self.singular.replace("_", " "), self.plural.replace("_", " ")
        a_words = f"{'an' if words[0] in 'aeiou' else 'a'} {words}"
        return {
            "name": self.subgraph,
            "Name": self.subgraph.capitalize(),
            "NAME": self.subgraph.upper(),
            "Entity": self.entity,
            "entity": self.singular,
            "ENTITY": self.singular.upper(),
            "entityCamel": to_camel(self.singular),
            "entity-kebab": self.singular.replace("_", "-"),
            "entities": self.plural,
            "ENTITIES": self.plural.upper(),
            "entitiesCamel": to_camel(self.plural),
            "words": words,
            "words_plural": plural,
            "Words_plural": plural.capitalize(),
            "a_words": a_words,
            "A_words": a_words.capitalize(),
            "prefix": words.replace(" ", "")[:_MAX_PREFIX],
            "revision": revision,
        }


def read_names(name: str, entity: str | None) -> Names:
    """The names; without `entity` it is called as the subgraph is. Raises NameRefused for what is not a name."""
    if not _NAME.fullmatch(name):
        raise NameRefused(
            f"A subgraph cannot be called {name!r}. Use 2 to 24 lower-case letters and digits, a letter first, such as "
            "shipping: it becomes a Python package, a database, a host name and part of URLs."
        )
    if keyword.iskeyword(name) or name in _RESERVED:
        raise NameRefused(f"A subgraph cannot be called {name!r}, which means something else here. Choose another.")
    chosen = name.capitalize() if entity is None else entity
    if not _ENTITY.fullmatch(chosen) or len(chosen) > _MAX_ENTITY:
        raise NameRefused(
            f"An entity cannot be called {chosen!r}. Name a type of the graph with --entity: one object, in "
            f"capitalized words of letters and at most {_MAX_ENTITY} characters, such as Shipment or WorkOrder."
        )
    names = Names(name, chosen)
    if keyword.iskeyword(names.singular) or names.singular == name:
        raise NameRefused(
            f"The entity of {name} cannot be called {chosen!r}. Name one object of it with --entity, such as Shipment "
            "for shipping."
        )
    return names


def to_camel(name: str) -> str:
    """The name as fields of the graph are written, such as `workOrder`."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
