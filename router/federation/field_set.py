"""Field sets: the selections written in `@key`, `@requires`, `@provides` and `@fromContext`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from graphql import GraphQLSyntaxError, parse, print_ast
from graphql.language import ast

from entrepot.router.selection import Argument, Field, InlineFragment, Selection, SelectionSet


class FieldSetInvalid(Exception):
    """The text is not a field set; the message says why."""


@dataclass(frozen=True, slots=True)
class FieldSet:
    """A parsed field set; `directives` names every directive used inside, in order."""

    selections: SelectionSet
    directives: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


def parse_field_set(text: str) -> SelectionSet:
    """The selections of a field set, with or without its outer braces.

    Raises `FieldSetInvalid` when the text does not parse.
    """
    return read_field_set(text).selections


@lru_cache(maxsize=4096)
def read_field_set(text: str) -> FieldSet:
    """The selections of a field set and what should not be inside. Raises `FieldSetInvalid`."""
    stripped = text.strip()
    source = stripped if stripped.startswith("{") else f"{{ {text}\n}}"
    try:
        document = parse(source, no_location=True)
    except GraphQLSyntaxError as error:
        raise FieldSetInvalid(error.message) from error
    definition = document.definitions[0]
    if isinstance(definition, ast.OperationDefinitionNode) and not definition.selection_set.selections:
        raise FieldSetInvalid("A field set selects at least one field.")
    if len(document.definitions) != 1 or not isinstance(definition, ast.OperationDefinitionNode):
        raise FieldSetInvalid("A field set is one list of fields.")
    directives: list[str] = []
    aliases: list[str] = []
    selections = tuple(_read_selection(node, directives, aliases) for node in definition.selection_set.selections)
    return FieldSet(selections, tuple(directives), tuple(aliases))


def _read_selection(node: ast.SelectionNode, directives: list[str], aliases: list[str]) -> Selection:
    directives.extend(directive.name.value for directive in node.directives or ())
    if isinstance(node, ast.FieldNode):
        if node.alias:
            aliases.append(node.alias.value)
        return Field(
            name=node.name.value,
            alias=node.alias.value if node.alias else None,
            arguments=tuple(Argument(each.name.value, print_ast(each.value)) for each in node.arguments or ()),
            selections=_read_selections(node.selection_set, directives, aliases),
        )
    if isinstance(node, ast.InlineFragmentNode):
        condition = node.type_condition.name.value if node.type_condition else None
        return InlineFragment(condition, _read_selections(node.selection_set, directives, aliases))
    raise FieldSetInvalid("Named fragments cannot be used here; write an inline fragment.")


def _read_selections(node: ast.SelectionSetNode | None, directives: list[str], aliases: list[str]) -> SelectionSet:
    if node is None:
        return ()
    if not node.selections:
        raise FieldSetInvalid("Braces hold at least one field.")
    return tuple(_read_selection(each, directives, aliases) for each in node.selections)
