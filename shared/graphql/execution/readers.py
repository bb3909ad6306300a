"""Ways to read the raw values of a field: an attribute, a resolver called per object, or a batch function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from graphql import GraphQLFieldResolver
from strawberry.types.field import StrawberryField

from entrepot.shared.graphql.execution.generated import generate_reader
from entrepot.shared.graphql.execution.plan import Column, FieldStep, Run


def read_typename(_run: Run, step: FieldStep, sources: Sequence[Any]) -> Column:
    """`__typename` of objects of one type."""
    return [step.parent.name] * len(sources)


def read_event(_run: Run, _step: FieldStep, sources: Sequence[Any]) -> Column:
    """The field of a subscription: the event itself is its value."""
    return list(sources)


class AttributeReader:
    """A field without a resolver: the attribute of that name."""

    def __init__(self, attribute: str) -> None:
        self._attribute = attribute
        self._read = generate_reader(attribute)

    def __call__(self, run: Run, _step: FieldStep, sources: Sequence[Any]) -> Column:
        try:
            return self._read(sources)
        except Exception:  # noqa: BLE001 - one source has no such attribute, or a property raised: ask each
            return [self._read_one(run, source) for source in sources]

    def _read_one(self, run: Run, source: Any) -> Any:
        try:
            return getattr(source, self._attribute)
        except Exception as error:  # noqa: BLE001 - the error of this object's field
            return run.fail(error)


class MethodReader:
    """A resolver of Strawberry's, called once per object with arguments that are coerced once per run."""

    def __init__(self, definition: StrawberryField) -> None:
        resolver = definition.base_resolver
        assert resolver is not None
        self._resolver: Callable[..., Any] = resolver
        if callable(resolver.wrapped_func):
            self._resolver = resolver.wrapped_func
        self._takes_self = resolver.self_parameter is not None
        parents = (resolver.parent_parameter, resolver.root_parameter)
        self._parents = tuple({parameter.name for parameter in parents if parameter is not None})
        self._info = resolver.info_parameter.name if resolver.info_parameter is not None else None
        self._has_arguments = bool(definition.arguments)

    def __call__(self, run: Run, step: FieldStep, sources: Sequence[Any]) -> Column:
        try:
            given = dict(run.arguments_of(step)) if self._has_arguments else {}
        except Exception as error:  # noqa: BLE001 - the error of the field for each source
            return [run.fail(error)] * len(sources)
        if self._info is not None:
            given[self._info] = run.strawberry_info_of(step)
        if self._parents:
            return self._call_with_parents(run, sources, given)
        call = partial(self._resolver, **given) if given else self._resolver
        values: Column = []
        append = values.append
        if self._takes_self:
            for source in sources:
                try:
                    append(call(source))
                except Exception as error:  # noqa: BLE001 - the error of this object's field
                    append(run.fail(error))
            return values
        for _ in sources:
            try:
                append(call())
            except Exception as error:  # noqa: BLE001 - the error of this object's field
                append(run.fail(error))
        return values

    def _call_with_parents(self, run: Run, sources: Sequence[Any], given: dict[str, Any]) -> Column:
        values: Column = []
        for source in sources:
            positional = (source,) if self._takes_self else ()
            try:
                values.append(self._resolver(*positional, **given, **dict.fromkeys(self._parents, source)))
            except Exception as error:  # noqa: BLE001 - the error of this object's field
                values.append(run.fail(error))
        return values


class ResolverReader:
    """Any other resolver of the schema, called as graphql-core calls it: with extensions, permissions, or by others."""

    def __init__(self, resolve: GraphQLFieldResolver) -> None:
        self._resolve = resolve

    def __call__(self, run: Run, step: FieldStep, sources: Sequence[Any]) -> Column:
        info = run.info_of(step)
        try:
            given = run.arguments_of(step)
        except Exception as error:  # noqa: BLE001 - the error of the field for each source
            return [run.fail(error)] * len(sources)
        values: Column = []
        for source in sources:
            try:
                values.append(self._resolve(source, info, **given))
            except Exception as error:  # noqa: BLE001 - the error of this object's field
                values.append(run.fail(error))
        return values


class BatchReader:
    """A batch function: it gets all sources and answers one value per source, or an awaitable of them."""

    def __init__(self, function: Callable[..., Any], *, takes_info: bool, has_arguments: bool) -> None:
        self._function = function
        self._takes_info = takes_info
        self._has_arguments = has_arguments

    def __call__(self, run: Run, step: FieldStep, sources: Sequence[Any]) -> Any:
        given = run.arguments_of(step) if self._has_arguments else {}
        if self._takes_info:
            return self._function(sources, run.strawberry_info_of(step), **given)
        return self._function(sources, **given)
