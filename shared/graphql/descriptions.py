"""Descriptions of the schema: from docstrings, and from one place for what every type has in the same way."""

from __future__ import annotations

from typing import Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

from entrepot.shared.graphql.docstrings import read_class_docstring, read_member_docstring

_DEFINITION: Final = "strawberry-definition"

GRAPH: Final = """\
A commerce backend as one federated graph: catalog, accounts, carts, orders, inventory and payments.

Authentication: send an access token as `Authorization: Bearer <token>`; `register`, `login` and `refresh` issue one. \
Elements that need more than that carry `@requiresScopes`.

Mutations: each takes one `input` and returns one payload. A refusal by a business rule is data in the payload's \
`errors`; the top-level `errors` of the response hold everything else, each with a code in `extensions.code`.

Idempotency keys make retries safe, for example after a timeout. The client generates one key per user action, such as \
a UUID, and sends it with every retry. The server stores it with the result for at least 7 days, per caller and \
mutation. The same key with the same input returns the first result, and nothing happens twice; with a different input \
the mutation is refused with IDEMPOTENCY_CONFLICT. A mutation that was refused stores nothing, not even its key.

Lists: connections with cursors, forward by `first` and `after` or backward by `last` and `before`.

Values: money is in minor units of its currency, times are in UTC, ids are opaque."""

_ROOTS: Final = {
    "Query": "Read operations. They change nothing, and the router may answer them from its cache.",
    "Mutation": "Write operations. The fields of one request run in order, each in a transaction of its own.",
    "Subscription": "Live updates, over server-sent events, multipart responses or WebSocket.",
}
_OBJECT_FIELDS: Final = {
    "id": "A stable identifier, unique in the whole graph. Opaque: compare and store it, but do not parse it.",
}
_CONNECTION_FIELDS: Final = {
    "edges": "The items of this page with their cursors, in the order of the list; empty when there are none.",
    "pageInfo": "The position of this page in the list: its first and last cursor, and whether there are more pages.",
}
_EDGE_FIELDS: Final = {
    "node": "The item at this position.",
    "cursor": "The position of this item. Opaque; pass it as `after` or `before` to continue from here.",
}
_PAYLOAD_FIELDS: Final = {
    "errors": "Why the mutation was refused and changed nothing; empty after a success.",
}
_INPUT_FIELDS: Final = {
    "idempotencyKey": "Makes a retry safe: the same key with the same input returns the first result. 1 to 255 "
    "printable characters, such as a UUID. The description of the schema explains it in full.",
}


def describe(schema: GraphQLSchema) -> None:
    """Give everything in the schema the description that its Python declaration has as a docstring.

    A `description=` in the declaration wins. What neither describes, but is alike in every type (edges, cursors,
    payload errors, idempotency keys), is described here.
    """
    schema.description = GRAPH
    types = [type_ for type_ in schema.type_map.values() if not type_.name.startswith("_")]
    for type_ in types:
        _describe_from_docstrings(type_)
    _describe_mutations(schema.mutation_type)
    _describe_lookups(schema.query_type)
    for type_ in types:
        _describe_alike(type_)


def _describe_from_docstrings(type_: GraphQLNamedType) -> None:
    definition = type_.extensions.get(_DEFINITION)
    if isinstance(type_, GraphQLEnumType) and isinstance(definition, StrawberryEnumDefinition):
        enum = definition.wrapped_cls
        type_.description = type_.description or read_class_docstring(enum)
        for name, value in type_.values.items():
            value.description = value.description or read_member_docstring(enum, name)
    elif isinstance(definition, StrawberryObjectDefinition):
        type_.description = type_.description or read_class_docstring(definition.origin)
        for field in _fields_of(type_).values():
            declared = field.extensions.get(_DEFINITION)
            if isinstance(declared, StrawberryField) and not field.description:
                owner = declared.origin if isinstance(declared.origin, type) else definition.origin
                field.description = read_member_docstring(owner, declared.python_name)


def _describe_mutations(mutation: GraphQLObjectType | None) -> None:
    """Name the mutation in its input, its payload and the union of its errors, where they do not say it themselves."""
    for name, field in _fields_of(mutation).items():
        for argument in field.args.values():
            argument.description = argument.description or "All values that the mutation takes."
            _describe_type(get_named_type(argument.type), f"The input of the mutation `{name}`.")
        payload = get_named_type(field.type)
        _describe_type(payload, f"The result of the mutation `{name}`.")
        errors = _fields_of(payload).get("errors")
        if errors is not None:
            union = get_named_type(errors.type)
            _describe_type(union, f"A reason for which `{name}` can be refused. Every member is a `UserError`.")


def _describe_lookups(query: GraphQLObjectType | None) -> None:
    """Name the field of the result that an argument stands for, where it has that name and says nothing itself."""
    for field in _fields_of(query).values():
        found = get_named_type(field.type)
        for name, argument in field.args.items():
            if not argument.description and name in _fields_of(found):
                argument.description = f"`{found.name}.{name}`."


def _describe_alike(type_: GraphQLNamedType) -> None:
    fields = _fields_of(type_)
    if isinstance(type_, GraphQLInputObjectType):
        _describe_fields(fields, _INPUT_FIELDS)
    elif isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        if type_.name in _ROOTS:
            _describe_type(type_, _ROOTS[type_.name])
        elif type_.name.endswith("Connection") and "edges" in fields:
            _describe_type(type_, f"A page of a list of `{type_.name.removesuffix('Connection')}`.")
            _describe_fields(fields, _CONNECTION_FIELDS)
        elif type_.name.endswith("Edge") and "node" in fields:
            _describe_type(type_, f"One `{get_named_type(fields['node'].type).name}` of a page, with its cursor.")
            _describe_fields(fields, _EDGE_FIELDS)
        elif "errors" in fields and isinstance(get_named_type(fields["errors"].type), GraphQLUnionType):
            _describe_fields(fields, _PAYLOAD_FIELDS)
        _describe_fields(fields, _OBJECT_FIELDS)


def _describe_fields(fields: dict[str, Any], texts: dict[str, str]) -> None:
    for name, text in texts.items():
        if name in fields:
            fields[name].description = fields[name].description or text


def _describe_type(type_: GraphQLNamedType, text: str) -> None:
    type_.description = type_.description or text


def _fields_of(type_: Any) -> dict[str, Any]:
    fields: dict[str, Any] = getattr(type_, "fields", {})
    return fields
