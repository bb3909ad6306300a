"""Random valid documents with what makes merging hard: aliases, repeated fields, fragments, variables, conditions."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    parse,
    validate,
)

Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType
_SCALARS: dict[str, Any] = {
    "Int": [0, 1, 7],
    "Float": [0.5],
    "Boolean": [True, False],
    "String": ["", "é"],
    "ID": ["a", "b"],
}


@dataclass
class Document:
    """A document, and variables for it."""

    text: str
    variables: dict[str, Any]


@dataclass
class Writer:
    """Writes one document; `width` is how many fields a selection has at most, `values` what arguments may be."""

    schema: GraphQLSchema
    random: Random
    width: int = 4
    depth: int = 4
    values: dict[str, list[Any]] = field(default_factory=dict)
    """By type or by `Type.field.argument`."""
    variables: dict[str, tuple[str, Any]] = field(default_factory=dict)
    fragments: list[str] = field(default_factory=list)

    def write(self, kind: str = "query") -> Document:
        """A valid document: one that the rules of validation refuse is written again with less of what may clash."""
        root = self.schema.query_type if kind == "query" else self.schema.mutation_type
        assert root is not None
        for attempt in range(20):
            self.variables, self.fragments = {}, []
            selection = self._selection(root, self.depth, aliases=attempt > 3)
            heads = ", ".join(f"${name}: {type_}" for name, (type_, _) in self.variables.items())
            text = f"{kind} {f'({heads})' if heads else ''} {selection} {' '.join(self.fragments)}"
            if not validate(self.schema, parse(text)):
                return Document(text, {name: value for name, (_, value) in self.variables.items()})
        return Document("{ __typename }", {})

    def _selection(self, type_: Composite, depth: int, *, aliases: bool) -> str:
        parts = [self._member(type_, depth, aliases=aliases) for _ in range(self.random.randint(1, self.width))]
        return (
            "{ " + " ".join(filter(None, parts)) + " __typename }"
            if self.random.random() < 0.3
            else ("{ " + (" ".join(filter(None, parts)) or "__typename") + " }")
        )

    def _member(self, type_: Composite, depth: int, *, aliases: bool) -> str:
        dice = self.random.random()
        if depth > 1 and (dice < 0.25 or isinstance(type_, GraphQLUnionType)):
            return self._fragment(type_, depth, aliases=aliases)
        if isinstance(type_, GraphQLUnionType):
            return "__typename"
        name, item = self.random.choice([*type_.fields.items()])
        return self._field(type_, name, item, depth, aliases=aliases)

    def _fragment(self, type_: Composite, depth: int, *, aliases: bool) -> str:
        targets: list[Any] = [type_]
        if is_abstract_type(type_):
            targets += self.schema.get_possible_types(type_)
        elif isinstance(type_, GraphQLObjectType):
            targets += type_.interfaces
        target = self.random.choice(targets)
        selection = self._selection(target, depth - 1, aliases=aliases)
        if self.random.random() < 0.4:
            name = f"F{len(self.fragments)}"
            self.fragments.append(f"fragment {name} on {target.name} {selection}")
            return f"...{name} {self._condition()}"
        condition = "" if target is type_ and self.random.random() < 0.5 else f"on {target.name}"
        return f"... {condition} {self._condition()} {selection}"

    def _field(self, parent: Composite, name: str, item: GraphQLField, depth: int, *, aliases: bool) -> str:
        named = get_named_type(item.type)
        if is_composite_type(named) and depth <= 1:
            return ""
        given = [
            f"{key}: {self._value(argument.type, f'{parent.name}.{name}.{key}')}"
            for key, argument in item.args.items()
            if is_required_argument(argument) or self.random.random() < 0.5
        ]
        head = f"{name}({', '.join(given)})" if given else name
        if aliases or given or self.random.random() < 0.3:
            head = f"a{self.random.randrange(10**6)}: {head}"
        text = f"{head} {self._condition()}"
        if is_composite_type(named):
            text += self._selection(named, depth - 1, aliases=aliases)
        return text

    def _condition(self) -> str:
        if self.random.random() > 0.12:
            return ""
        directive = self.random.choice(("skip", "include"))
        if self.random.random() < 0.4:
            return f"@{directive}(if: {self.random.choice(('true', 'false'))})"
        return f"@{directive}(if: {self._variable('Boolean!', self.random.random() < 0.5)})"

    def _variable(self, type_: str, value: Any) -> str:
        name = f"v{len(self.variables)}"
        self.variables[name] = (type_, value)
        return f"${name}"

    def _value(self, type_: Any, coordinate: str) -> str:
        value = self._plain(type_, coordinate)
        if self.random.random() < 0.4:
            return self._variable(str(type_), _to_json(value))
        return _literal(value)

    def _plain(self, type_: Any, coordinate: str) -> Any:
        if is_non_null_type(type_):
            type_ = type_.of_type
        elif self.random.random() < 0.15:
            return None
        if is_list_type(type_):
            return [self._plain(type_.of_type, coordinate) for _ in range(self.random.randint(0, 2))]
        if coordinate in self.values:
            return self.random.choice(self.values[coordinate])
        if isinstance(type_, GraphQLInputObjectType):
            return {
                key: self._plain(item.type, f"{type_.name}.{key}")
                for key, item in type_.fields.items()
                if is_non_null_type(item.type) or self.random.random() < 0.5
            }
        if isinstance(type_, GraphQLEnumType):
            return _Name(self.random.choice([*type_.values]))
        return self.random.choice(self.values.get(type_.name) or _SCALARS.get(type_.name) or ["x"])


class _Name(str):
    """The value of an enum: written without quotes in a document."""

    __slots__ = ()


def _to_json(value: Any) -> Any:
    return str(value) if isinstance(value, _Name) else value


def _literal(value: Any) -> str:
    if isinstance(value, _Name):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    return json.dumps(value)
