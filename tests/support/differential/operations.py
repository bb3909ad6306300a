"""Random operations over a schema: aliases, fragments of both sorts, variables, conditions, and all three kinds."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from re import sub
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    parse,
    validate,
)
from graphql.language import DocumentNode, OperationDefinitionNode, OperationType

Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType


@dataclass(frozen=True)
class Operation:
    """An operation's text, the values of its variables, and whether what can fail does."""

    text: str
    variables: dict[str, Any] = field(default_factory=dict)
    is_failing: bool = False


def is_subscription(document: DocumentNode) -> bool:
    """Whether the document's operation is answered event by event."""
    operation = next(item for item in document.definitions if isinstance(item, OperationDefinitionNode))
    return operation.operation is OperationType.SUBSCRIPTION


def random_operation(schema: GraphQLSchema, random: Random) -> Operation:
    """A valid operation; what has clashing response keys is thrown away and tried anew."""
    while True:
        writer = _Writer(schema, random, random.random() < 0.3)
        operation = writer.write()
        if not validate(schema, parse(operation.text)):
            return operation


class _Writer:
    """Writes one operation; with `is_careful` no two fields share a response key unless they are the same."""

    def __init__(self, schema: GraphQLSchema, random: Random, is_careful: bool) -> None:  # noqa: FBT001 - one caller
        self.schema = schema
        self.random = random
        self.is_careful = is_careful
        self.fragments: list[str] = []
        self.declared: dict[str, str] = {}
        self.variables: dict[str, Any] = {}
        self.left = 13
        self.count = 0

    def write(self) -> Operation:
        word = self.random.choices(["query", "mutation", "subscription"], [81, 12, 7])[0]
        root = getattr(self.schema, f"{word}_type")
        count = 1 if word == "subscription" else self.random.randint(1, 3)
        names = self.random.choices(sorted(root.fields), k=count)
        fields = [
            self._field(name, root.fields[name], 4, f"m{index}: " if word == "mutation" else None)
            for index, name in enumerate(names if word == "mutation" else sorted(set(names)))
        ]
        if word == "query" and self.random.random() < 0.1:
            fields.append(self._typename())
        head = ", ".join(f"${name}: {kind}" for name, kind in self.declared.items())
        text = f"{word} Random{f'({head})' if head else ''} {{ {' '.join(fields)} }} {' '.join(self.fragments)}"
        return Operation(text, self.variables, self.random.random() < 0.5)

    def _selections(self, kind: Composite, depth: int) -> str:
        parts: list[str] = []
        if not isinstance(kind, GraphQLUnionType):
            names = sorted(kind.fields)
            chosen = self.random.sample(names, min(len(names), self.random.randint(1, 4)))
            parts.extend(
                self._field(name, kind.fields[name], depth)
                for name in chosen
                if is_leaf_type(get_named_type(kind.fields[name].type)) or (depth > 0 and self.left > 0)
            )
            if self.random.random() < 0.1:
                parts.extend(self._repeated(self.random.choice(names), kind, depth))
        if not isinstance(kind, GraphQLObjectType):
            # One name on several types, with whatever arguments each: where keys of the merged data can clash.
            name = self.random.choice(["grade", "price", "caption", ""])
            for possible in self.schema.get_possible_types(kind):
                if name in possible.fields and self.left > 0:
                    parts.append(f"... on {possible.name} {{ {self._field(name, possible.fields[name], depth)} }}")
                elif self.random.random() < 0.5 and self.left > 0:
                    parts.append(f"... on {possible.name}{self._condition()} {{ {self._selections(possible, depth)} }}")
            if self.random.random() < 0.25 and depth > 0 and self.left > 0:
                other = self.random.choice(self._overlapping(kind))
                parts.append(f"... on {other.name}{self._condition()} {{ {self._selections(other, depth - 1)} }}")
        elif kind.interfaces and self.random.random() < 0.15:
            parent = self.random.choice(kind.interfaces)
            parts.append(f"... on {parent.name} {{ {self._selections(parent, depth - 1)} }}")
        if self.random.random() < 0.15:
            parts.append(self._typename())
        self.random.shuffle(parts)
        text = " ".join(parts) or "__typename"
        return self._as_fragment(kind, text) if self.random.random() < 0.15 else text

    def _typename(self) -> str:
        return self.random.choice(["__typename", "__typename", "kind: __typename", "what: __typename"])

    def _overlapping(self, kind: Composite) -> list[Composite]:
        """The abstract types that can be spread where the abstract type is, itself included."""
        own = set(self.schema.get_possible_types(kind))  # type: ignore[arg-type]  # the caller knows it is abstract
        found = [
            item for item in self.schema.type_map.values() if isinstance(item, GraphQLInterfaceType | GraphQLUnionType)
        ]
        return [item for item in found if own & set(self.schema.get_possible_types(item))]

    def _repeated(self, name: str, kind: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> list[str]:
        """One field twice under its own name, each under a condition of its own and with a selection of its own."""
        item = kind.fields[name]
        inner = get_named_type(item.type)
        if not is_leaf_type(inner) and (depth <= 0 or self.left <= 0):
            return []
        arguments = self._arguments(item)
        texts: list[str] = []
        for _ in range(2):
            self.left -= 1
            below = "" if is_leaf_type(inner) else f" {{ {self._selections(inner, depth - 1)} }}"
            texts.append(f"{name}{arguments}{self._condition(0.9)}{below}")
        return texts

    def _as_fragment(self, kind: Composite, text: str) -> str:
        way = self.random.random()
        if way < 0.3:
            return f"...{self._condition()} {{ {text} }} __typename"
        if way < 0.5:
            return f"... on {kind.name}{self._condition()} {{ {text} }} __typename"
        name = f"Part{len(self.fragments)}"
        self.fragments.append(f"fragment {name} on {kind.name} {{ {text} }}")
        return f"...{name}{self._condition()} __typename"

    def _field(self, name: str, item: GraphQLField, depth: int, alias: str | None = None) -> str:
        self.left -= 1
        self.count += 1
        head = name + self._arguments(item)
        if alias is not None:
            head = alias + head
        elif self.is_careful and item.args:
            head = f"a{self.count}: {head}"
        elif self.random.random() < 0.12:
            head = f"{self.random.choice('xyz')}{self.count}: {head}"
        elif self.random.random() < 0.04:
            # Someone else's name: the planner's own aliases must not meet it.
            head = f"{self.random.choice(['id', 'title', 'code', 'stock'])}: {head}"
        inner = get_named_type(item.type)
        text = f"{head}{self._condition()}"
        if is_leaf_type(inner):
            return text
        assert isinstance(inner, Composite)
        below = self._selections(inner, depth - 1)
        text = f"{text} {{ {below} }}"
        if alias is None and self.random.random() < 0.08:
            # Beside it, what comes from the same entities under the same names and yet differs.
            self.left -= 3
            text += f" w{self.count}: {name}{self._arguments(item)} {{ {_with_other_arguments(below)} }}"
        return text

    def _arguments(self, item: GraphQLField) -> str:
        arguments = [
            f"{key}: {self._argument(str(argument.type))}"
            for key, argument in item.args.items()
            if is_required_argument(argument) or self.random.random() < 0.4
        ]
        return f"({', '.join(arguments)})" if arguments else ""

    def _argument(self, kind: str) -> str:
        if self.random.random() < 0.4:
            name = f"v{len(self.declared)}"
            self.declared[name] = kind
            self.variables[name] = self._value(kind.rstrip("!"))
            return f"${name}"
        value = self._value(kind.rstrip("!"))
        return f'"{value}"' if kind.startswith("String") else str(value)

    def _value(self, kind: str) -> Any:
        return {"Unit": self.random.choice(["METRIC", "IMPERIAL"]), "String": "en"}.get(kind, self.random.randint(0, 9))

    def _condition(self, chance: float = 0.12) -> str:
        if self.random.random() > chance:
            return ""
        name = self.random.choice(["yes", "no", "maybe"])
        self.declared[name] = "Boolean!"
        self.variables.setdefault(name, {"yes": True, "no": False}.get(name, self.random.random() < 0.5))
        directive = self.random.choice(["include", "skip"])
        return (
            f" @{directive}(if: ${name})"
            if self.random.random() < 0.85
            else f" @{directive}(if: {str(name == 'yes').lower()})"
        )


def _with_other_arguments(text: str) -> str:
    """The selection with other literal values wherever it has some."""
    text = sub("METRIC|IMPERIAL", lambda found: {"METRIC": "IMPERIAL"}.get(found[0], "METRIC"), text)
    return sub(r"(factor|scale|first): \d+", r"\1: 11", text.replace('"en"', '"de"'))
