"""Operations that clients are known to send: registered documents and manifests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, parse, validate

from entrepot.router.errors import SyntaxInvalid
from entrepot.router.operation import hash_text
from entrepot.router.pipeline.persisted_documents.manifests import read_documents


@dataclass(frozen=True, slots=True)
class KnownOperation:
    """One operation of a document; `identifier` is what the document is registered under."""

    identifier: str
    name: str | None
    document: DocumentNode
    hash: str = ""
    """The SHA-256 of the document's text, as the access log has it."""

    @property
    def label(self) -> str:
        """How reports call it."""
        return self.identifier if self.name in (None, self.identifier) else f"{self.identifier}#{self.name}"

    def is_valid(self, schema: GraphQLSchema) -> bool:
        """Whether the schema answers it."""
        return not validate(schema, self.document)


def read_operations(paths: Iterable[str]) -> list[KnownOperation]:
    """The operations of folders of `.graphql` files, of single files, and of manifests (Apollo, Relay).

    Raises ConfigurationInvalid for what cannot be read, SyntaxInvalid for a document that does not parse.
    """
    operations: list[KnownOperation] = []
    for document in read_documents(paths):
        try:
            parsed = parse(document.text, no_location=True)
        except GraphQLError as error:
            raise SyntaxInvalid(f"The document {document.identifier} does not parse: {error.message}") from error
        operations += [
            KnownOperation(
                document.identifier, node.name.value if node.name else None, parsed, hash_text(document.text)
            )
            for node in parsed.definitions
            if isinstance(node, OperationDefinitionNode)
        ]
    return operations
