"""A subgraph that answers from rows what its SDL lets it answer, and throws where a router asks what it may not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLResolveInfo, OperationType, execute_sync, get_operation_ast, parse, validate
from graphql.execution import MiddlewareManager
from graphql.language import FieldNode, FragmentSpreadNode

from tests.support.execution_suites.model import Fixture, Ref
from tests.support.execution_suites.sdl import FieldFacts, Selections, field_names, read_facts, subselections
from tests.support.execution_suites.traps import TOLERABLE, FiredTrap, TrapError
from tests.support.execution_suites.truth import Truth, find_surplus
from tests.support.subgraph_schema import build_subgraph_schema


@dataclass(frozen=True, slots=True)
class Held:
    """An object while an operation runs: what it is, what a representation brought, and what this path provides."""

    value: Any
    sent: Mapping[str, Any] = field(default_factory=dict)
    provided: Selections = ()


@dataclass(slots=True)
class Watch:
    """The traps that fired while one request ran, and the mutations done so far for the same operation of a client.

    Lenient, what is tolerable does not throw, and nobody lies.
    """

    subgraph: str
    is_lenient: bool
    mutations: list[str] = field(default_factory=list)
    fired: list[FiredTrap] = field(default_factory=list)

    def fire(self, error: TrapError) -> None:
        self.fired.append(FiredTrap(error.trap, self.subgraph, error.detail))

    def mutate(self, mutation: str) -> None:
        if mutation in self.mutations:
            self.throw("again", mutation)
        self.mutations.append(mutation)

    def throw(self, trap: str, detail: str) -> None:
        if not (self.is_lenient and trap in TOLERABLE):
            raise TrapError(trap, detail)


@dataclass(frozen=True, slots=True)
class _TypeNames:
    """Answers `__typename`, for some types with what they are not called."""

    says: Mapping[str, str]

    def resolve(self, proceed: Callable[..., Any], held: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        if info.field_name == "__typename" and not info.context.is_lenient:
            return self.says.get(info.parent_type.name, info.parent_type.name)
        return proceed(held, info, **arguments)


class SuiteSubgraph:
    """One subgraph of a suite. `lost` are the coordinates that others took from it by `@override`."""

    def __init__(self, name: str, sdl: str, fixture: Fixture, truth: Truth, lost: frozenset[str]) -> None:
        self.name = name
        self._facts = read_facts(sdl)
        self._schema = build_subgraph_schema(sdl)
        self._fixture = fixture
        self._truth = truth
        self._lost = lost
        self._middleware = MiddlewareManager(_TypeNames(fixture.says))

    @property
    def coordinates(self) -> frozenset[str]:
        """The fields of its SDL, each as `Type.field`."""
        return frozenset(self._facts.fields)

    def answer(self, body: Mapping[str, Any], watch: Watch) -> dict[str, Any]:
        """The body of the response to one request; traps that fire are errors of it."""
        document = parse(body["query"])
        invalid = validate(self._schema, document)
        if invalid:
            watch.fire(TrapError("invalid", invalid[0].message))
            return {"errors": [error.formatted for error in invalid]}
        operation = get_operation_ast(document, body.get("operationName"))
        is_mutation = operation is not None and operation.operation is OperationType.MUTATION
        result = execute_sync(
            self._schema,
            document,
            root_value=Held(self._fixture.mutation if is_mutation else self._fixture.query),
            context_value=watch,
            variable_values=body.get("variables"),
            operation_name=body.get("operationName"),
            field_resolver=self._resolve,
            type_resolver=self._resolve_type,
            middleware=self._middleware,
        )
        for error in result.errors or ():
            if isinstance(error.original_error, TrapError):
                watch.fire(error.original_error)
        return dict(result.formatted)

    def _resolve(self, held: Held, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        typename, name = info.parent_type.name, info.field_name
        if name == "_entities":
            return self._resolve_entities(info, arguments["representations"])
        if info.parent_type is self._schema.mutation_type:
            info.context.mutate(f"{name} {arguments}")
        coordinate = f"{typename}.{name}"
        facts = self._facts.fields[coordinate]
        row, kind = self._truth.read_row(held.value)
        provided = [node for node in self._truth.narrow(held.provided, kind or typename) if node.name.value == name]
        if not provided:
            self._refuse(typename, name, facts)
        if facts.requires:
            untold = self._truth.verify(held.sent, held.value, facts.requires, typename)
            if untold:
                info.context.throw("untold", ", ".join(untold))
        value = self._fixture.fields[coordinate] if coordinate in self._fixture.fields else row[name]
        if callable(value):
            value = value(**arguments)
        return _hold(value, facts.provides + tuple(item for node in provided for item in subselections(node)))

    def _refuse(self, typename: str, name: str, facts: FieldFacts) -> None:
        """Throw for a field that this subgraph does not answer but where it is provided."""
        coordinate = f"{typename}.{name}"
        if coordinate in self._lost:
            raise TrapError("overridden", coordinate)
        if coordinate in self._fixture.only_provided:
            raise TrapError("not provided", coordinate)
        if facts.is_external:
            raise TrapError("external", coordinate)

    def _resolve_type(self, held: Held, *_: Any) -> str | None:
        return self._own_name(self._truth.read_row(held.value)[1])

    def _own_name(self, kind: str | None) -> str | None:
        """What this subgraph calls the type: an `@interfaceObject` stands for all that implement it."""
        if kind is None or kind in self._schema.type_map:
            return kind
        return next((name for name in self._facts.interface_objects if self._truth.is_kind_of(kind, name)), kind)

    def _resolve_entities(self, info: GraphQLResolveInfo, representations: list[dict[str, Any]]) -> list[Any]:
        asked = frozenset(_asked_fields(info.field_nodes, info))
        answers: list[Any] = []
        for index, representation in enumerate(representations):
            try:
                if representation in representations[:index]:
                    info.context.throw("twice", str(representation))
                answers.append(self._resolve_entity(representation, asked, info.context))
            except TrapError as error:
                answers.append(error)
        return answers

    def _resolve_entity(self, representation: dict[str, Any], asked: frozenset[str], watch: Watch) -> Held:
        typename = representation.get("__typename", "")
        keys = self._facts.keys.get(typename, ())
        if not keys:
            raise TrapError("typename", str(typename))
        complete = [key for key in keys if key.is_resolvable and field_names(key.selections) <= representation.keys()]
        if not complete:
            raise TrapError("unresolvable", str(representation))
        found = [(key, ref) for key in complete if (ref := self._truth.find(typename, key.selections, representation))]
        if not found:
            raise TrapError("unknown", str(representation))
        reference = found[0][1]
        required = [
            node
            for kind in {typename, reference.typename}
            for name in asked
            if (facts := self._facts.fields.get(f"{kind}.{name}"))
            for node in facts.requires
        ]
        surplus = min(
            (list(find_surplus(representation, [*key.selections, *required], typename)) for key, _ in found), key=len
        )
        if surplus:
            watch.throw("surplus", ", ".join(surplus))
        return Held(reference, representation)


def _hold(value: Any, provided: Selections) -> Any:
    if isinstance(value, list):
        return [_hold(item, provided) for item in value]
    return Held(value, provided=provided) if isinstance(value, Ref | dict) else value


def _asked_fields(nodes: Iterable[Any], info: GraphQLResolveInfo) -> Iterator[str]:
    """The names of the fields below, through fragments of any type."""
    for node in nodes:
        for item in node.selection_set.selections if node.selection_set else ():
            if isinstance(item, FieldNode):
                yield item.name.value
            elif isinstance(item, FragmentSpreadNode):
                yield from _asked_fields([info.fragments[item.name.value]], info)
            else:
                yield from _asked_fields([item], info)
