"""Everything that a schema lets be asked: each field that reads, with each of its arguments, and page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import GraphQLField, GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema, get_named_type, is_leaf_type

from tests.support.clients import GraphQLClient
from tests.support.walking import Way, is_needed, print_arguments, print_literal, ways_to_fields

_PAGING = frozenset({"first", "after", "last", "before"})
_PAGE = "edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


def list_questions(schema: GraphQLSchema, values: Mapping[str, str]) -> Iterator[str]:
    """Documents that ask for every field below `Query`, then with one more argument at a time.

    `values` are the literals of arguments that are to find something, by coordinate: `Query.order(id:)`, and
    `Query.products(filter.search:)` for a field of an input object.
    """
    for way in ways_to_fields(schema, values):
        if way.operation != "query":
            continue
        yield way.document
        field = _field_of(schema, way)
        for argument in _list_optional(f"{way.type}.{way.field}", field, values):
            yield _ask(way, field, values, argument, "__typename")


async def turn_pages(client: GraphQLClient, schema: GraphQLSchema, values: Mapping[str, str]) -> int:
    """Ask for the first page of every list that has some, for the next, the last and the one before; how many lists."""
    lists = 0
    for way in ways_to_fields(schema, values):
        field = _field_of(schema, way)
        if way.operation != "query" or not field.args.keys() >= _PAGING:
            continue
        lists += 1
        first = _find_page(await client.data(_ask(way, field, values, "first: 1", _PAGE)))
        last = _find_page(await client.data(_ask(way, field, values, "last: 1", _PAGE)))
        for page, argument, cursor in (
            (first, "first: 1, after", "endCursor"),
            (last, "last: 1, before", "startCursor"),
        ):
            if page and page[cursor]:
                await client.data(_ask(way, field, values, f'{argument}: "{page[cursor]}"', _PAGE))
    return lists


def _field_of(schema: GraphQLSchema, way: Way) -> GraphQLField:
    owner = schema.type_map[way.type]
    assert isinstance(owner, GraphQLObjectType)
    return owner.fields[way.field]


def _list_optional(coordinate: str, field: GraphQLField, values: Mapping[str, str]) -> Iterator[str]:
    """Each argument that may be left out, printed; of an input object each of its fields alone."""
    for name, argument in field.args.items():
        if is_needed(argument) or name in _PAGING:
            continue
        type_ = get_named_type(argument.type)
        if not isinstance(type_, GraphQLInputObjectType):
            yield f"{name}: {values.get(f'{coordinate}({name}:)') or print_literal(argument.type)}"
            continue
        for key, item in type_.fields.items():
            yield f"{name}: {{ {values.get(f'{coordinate}({name}.{key}:)') or f'{key}: {print_literal(item.type)}'} }}"


def _ask(way: Way, field: GraphQLField, values: Mapping[str, str], argument: str, below: str) -> str:
    call = f"{way.field}{print_arguments(f'{way.type}.{way.field}', field, values, [argument])}"
    last = call if is_leaf_type(get_named_type(field.type)) else f"{call} {{ {below} }}"
    return Way(way.operation, (*way.steps[:-1], last), way.type, way.field).document


def _find_page(data: Any) -> dict[str, Any] | None:
    """The one `pageInfo` in an answer, wherever it is."""
    if isinstance(data, dict):
        if "pageInfo" in data:
            return data["pageInfo"]  # type: ignore[no-any-return]  # as it was asked
        return next((found for value in data.values() if (found := _find_page(value))), None)
    if isinstance(data, list):
        return next((found for value in data if (found := _find_page(value))), None)
    return None
