"""SDL text to the schema model: definitions and extensions of one name become one definition."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from graphql import GraphQLSyntaxError, parse, print_ast
from graphql.language import ast

from entrepot.router.composition.definitions import (
    BUILT_IN_SCALARS,
    ROOT_KINDS,
    AppliedDirective,
    DirectiveDefinition,
    EnumValue,
    FieldDefinition,
    InputValue,
    Kind,
    Location,
    Schema,
    TypeDefinition,
)
from entrepot.router.composition.errors import CompositionError, SubgraphUnreadable
from entrepot.router.federation.literals import read_literal

_KINDS: dict[type[ast.Node], Kind] = {
    ast.ScalarTypeDefinitionNode: Kind.SCALAR,
    ast.ScalarTypeExtensionNode: Kind.SCALAR,
    ast.ObjectTypeDefinitionNode: Kind.OBJECT,
    ast.ObjectTypeExtensionNode: Kind.OBJECT,
    ast.InterfaceTypeDefinitionNode: Kind.INTERFACE,
    ast.InterfaceTypeExtensionNode: Kind.INTERFACE,
    ast.UnionTypeDefinitionNode: Kind.UNION,
    ast.UnionTypeExtensionNode: Kind.UNION,
    ast.EnumTypeDefinitionNode: Kind.ENUM,
    ast.EnumTypeExtensionNode: Kind.ENUM,
    ast.InputObjectTypeDefinitionNode: Kind.INPUT,
    ast.InputObjectTypeExtensionNode: Kind.INPUT,
}


def read_schema(sdl: str, subgraph: str) -> tuple[Schema, list[CompositionError]]:
    """The schema that the SDL says, and what it says twice or against itself.

    Raises `SubgraphUnreadable` when the SDL does not parse.
    """
    try:
        document = parse(sdl)
    except GraphQLSyntaxError as error:
        position = error.locations[0] if error.locations else None
        location = Location(subgraph, position.line if position else 0, position.column if position else 0)
        raise SubgraphUnreadable(
            [CompositionError("INVALID_GRAPHQL", f"{error.message.rstrip('.')}; correct the SDL.", (location,))]
        ) from error
    reader = _Reader(subgraph)
    for node in document.definitions:
        reader.read(node)
    reader.infer_roots()
    return reader.schema, reader.errors


class _Reader:
    def __init__(self, subgraph: str) -> None:
        self.subgraph = subgraph
        self.schema = Schema()
        self.errors: list[CompositionError] = []
        self._blocks: dict[str, int] = {}
        self._has_schema_definition = False
        self._lists_roots = False

    def read(self, node: ast.DefinitionNode) -> None:
        if isinstance(node, ast.SchemaDefinitionNode | ast.SchemaExtensionNode):
            self._read_root_types(node)
        elif isinstance(node, ast.DirectiveDefinitionNode):
            self._read_directive_definition(node)
        elif type(node) in _KINDS:
            self._read_type(node)
        else:
            self._refuse(node, "A schema holds type system definitions only; remove the operation or fragment.")

    def infer_roots(self) -> None:
        """Types called Query, Mutation and Subscription are roots unless `schema { }` lists the roots."""
        if self._lists_roots:
            return
        for kind in ROOT_KINDS:
            definition = self.schema.types.get(kind.capitalize())
            if definition is not None and definition.kind is Kind.OBJECT:
                self.schema.roots.setdefault(kind, definition.name)

    def _read_root_types(self, node: ast.SchemaDefinitionNode | ast.SchemaExtensionNode) -> None:
        if isinstance(node, ast.SchemaDefinitionNode):
            if self._has_schema_definition:
                self._refuse(node, "Only one `schema` definition is allowed; make the others `extend schema`.")
            self._has_schema_definition = True
            self.schema.description = node.description.value if node.description else None
        for operation in node.operation_types or ():
            kind = operation.operation.value
            if kind in self.schema.roots:
                self._refuse(operation, f"The {kind} root is named twice; keep one.")
            if isinstance(node, ast.SchemaDefinitionNode):
                self._lists_roots = True
            self.schema.roots[kind] = operation.type.name.value
            self.schema.root_locations[kind] = self._location(operation)
        self.schema.applied.extend(self._read_applications(node.directives, 0))

    def _read_directive_definition(self, node: ast.DirectiveDefinitionNode) -> None:
        name = node.name.value
        if name in self.schema.directives:
            self._refuse(node, f'The directive "@{name}" is defined twice; remove one.')
        self.schema.directives[name] = DirectiveDefinition(
            name=name,
            description=node.description.value if node.description else None,
            location=self._location(node),
            arguments=self._read_input_values(node.arguments, f"@{name}", "argument"),
            locations=tuple(location.value for location in node.locations),
            is_repeatable=node.repeatable,
        )

    def _read_type(self, node: Any) -> None:
        name = node.name.value
        kind = _KINDS[type(node)]
        is_extension = isinstance(node, ast.TypeExtensionNode)
        definition = self.schema.types.get(name)
        if definition is None:
            if is_extension and name in BUILT_IN_SCALARS:
                self._refuse(node, f'"{name}" is built in and cannot be extended; define a scalar of your own.')
                return
            definition = self.schema.types[name] = TypeDefinition(
                name=name, kind=kind, is_extension=is_extension, location=self._location(node)
            )
        else:
            if definition.kind is not kind:
                self._refuse(node, f'"{name}" is {definition.kind} and {kind} at once; rename one.')
                return
            if not is_extension:
                if not definition.is_extension:
                    self._refuse(node, f'"{name}" is defined twice; write `extend` before one of them.')
                definition.is_extension = False
                definition.location = self._location(node)
        block = self._blocks.get(name, 0) + 1 if is_extension else 0
        self._blocks[name] = max(block, self._blocks.get(name, 0))
        if not is_extension and node.description:
            definition.description = node.description.value
        definition.directives.extend(self._read_applications(node.directives, block))
        self._read_parts(definition, node, block)

    def _read_parts(self, definition: TypeDefinition, node: Any, block: int) -> None:
        for interface in getattr(node, "interfaces", None) or ():
            if interface.name.value in definition.interfaces:
                self._refuse(interface, f'"{definition.name}" implements "{interface.name.value}" twice; remove one.')
            definition.interfaces[interface.name.value] = self._location(interface)
        for member in getattr(node, "types", None) or ():
            if member.name.value in definition.members:
                self._refuse(member, f'"{definition.name}" has the member "{member.name.value}" twice; remove one.')
            definition.members[member.name.value] = self._location(member)
        for value in getattr(node, "values", None) or ():
            self._read_enum_value(definition, value)
        if definition.kind is Kind.INPUT:
            read = self._read_input_values(node.fields, definition.name, "field")
            for name, each in read.items():
                if name in definition.input_fields:
                    self._refuse(node, f'"{definition.name}.{name}" is defined twice; remove one.')
                definition.input_fields[name] = each
            return
        for each in getattr(node, "fields", None) or ():
            self._read_field(definition, each, block)

    def _read_enum_value(self, definition: TypeDefinition, node: ast.EnumValueDefinitionNode) -> None:
        name = node.name.value
        if name in definition.values:
            self._refuse(node, f'The enum value "{definition.name}.{name}" is defined twice; remove one.')
        definition.values[name] = EnumValue(
            name=name,
            description=node.description.value if node.description else None,
            directives=self._read_applications(node.directives, 0),
            location=self._location(node),
            coordinate=f"{definition.name}.{name}",
        )

    def _read_field(self, definition: TypeDefinition, node: ast.FieldDefinitionNode, block: int) -> None:
        name = node.name.value
        coordinate = f"{definition.name}.{name}"
        if name in definition.fields:
            self._refuse(node, f'The field "{coordinate}" is defined twice; remove one.')
        definition.fields[name] = FieldDefinition(
            name=name,
            description=node.description.value if node.description else None,
            directives=self._read_applications(node.directives, block),
            location=self._location(node),
            type=print_type(node.type),
            arguments=self._read_input_values(node.arguments, coordinate, "argument"),
            parent=definition.name,
            block=block,
        )

    def _read_input_values(
        self, nodes: Iterable[ast.InputValueDefinitionNode] | None, owner: str, what: str
    ) -> dict[str, InputValue]:
        values: dict[str, InputValue] = {}
        for node in nodes or ():
            name = node.name.value
            if name in values:
                self._refuse(node, f'The {what} "{name}" of "{owner}" is defined twice; remove one.')
            values[name] = InputValue(
                name=name,
                description=node.description.value if node.description else None,
                directives=self._read_applications(node.directives, 0),
                location=self._location(node),
                type=print_type(node.type),
                default=read_literal(node.default_value) if node.default_value else None,
                has_default=node.default_value is not None,
                coordinate=f"{owner}.{name}" if what == "field" else f"{owner}({name}:)",
            )
        return values

    def _read_applications(self, nodes: Iterable[ast.DirectiveNode] | None, block: int) -> list[AppliedDirective]:
        applications = []
        for node in nodes or ():
            names = [argument.name.value for argument in node.arguments or ()]
            if len(set(names)) != len(names):
                self._refuse(node, f'"@{node.name.value}" is given an argument twice; remove one.')
            applications.append(
                AppliedDirective(
                    name=node.name.value,
                    arguments={each.name.value: read_literal(each.value) for each in node.arguments or ()},
                    location=self._location(node),
                    block=block,
                )
            )
        return applications

    def _location(self, node: ast.Node) -> Location:
        if node.loc is None:
            return Location(self.subgraph)
        return Location(self.subgraph, node.loc.start_token.line, node.loc.start_token.column)

    def _refuse(self, node: ast.Node, message: str) -> None:
        self.errors.append(CompositionError("INVALID_GRAPHQL", message, (self._location(node),)))


def print_type(node: ast.TypeNode) -> str:
    """The type as text; shorter than the general printer for the common case of a name."""
    if isinstance(node, ast.NamedTypeNode):
        return node.name.value
    if isinstance(node, ast.NonNullTypeNode):
        return f"{print_type(node.type)}!"
    if isinstance(node, ast.ListTypeNode):
        return f"[{print_type(node.type)}]"
    return print_ast(node)
