"""Persisted documents by identifier and by text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graphql import GraphQLSyntaxError, parse, strip_ignored_characters

from entrepot.router.errors import ConfigurationInvalid
from entrepot.router.operation import hash_text
from entrepot.router.pipeline.persisted_documents.identifiers import SHA256_PREFIX


@dataclass(frozen=True, slots=True)
class PersistedDocument:
    """A document's text and the identifier that it was registered under."""

    identifier: str
    text: str


class PersistedDocuments:
    """Finds persisted documents; each is also known by the SHA-256 of its text.

    Raises ConfigurationInvalid for a document that does not parse and for an identifier of two texts.
    """

    def __init__(self, documents: Iterable[PersistedDocument] = ()) -> None:
        self._by_identifier: dict[str, str] = {}
        self._tokens: set[str] = set()
        for document in documents:
            self._add(document.identifier.removeprefix(SHA256_PREFIX), document.text)
            self._add(hash_text(document.text), document.text)
            try:
                parse(document.text, no_location=True)
                self._tokens.add(strip_ignored_characters(document.text))
            except GraphQLSyntaxError as error:
                raise ConfigurationInvalid(f"The document {document.identifier} does not parse: {error}") from error

    @property
    def texts(self) -> tuple[str, ...]:
        """The text of every persisted document, once."""
        return tuple(dict.fromkeys(self._by_identifier.values()))

    @property
    def is_empty(self) -> bool:
        return not self._tokens

    def find(self, identifier: str) -> str | None:
        """The text that is registered under the identifier; that of a hash comes without its prefix."""
        return self._by_identifier.get(identifier)

    def holds(self, text: str) -> bool:
        """Whether the text is registered: some document has the same tokens, whatever stands between them.

        Raises GraphQLSyntaxError for a text that is no sequence of tokens.
        """
        return strip_ignored_characters(text) in self._tokens

    def _add(self, identifier: str, text: str) -> None:
        if self._by_identifier.setdefault(identifier, text) != text:
            raise ConfigurationInvalid(f"Two documents are registered as {identifier}. Give each its own identifier.")
