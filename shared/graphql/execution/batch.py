"""Batch fields: a resolver that gets all objects of its level at once and answers one value for each.

Under graphql-core, which knows one object at a time, the same declaration is served through a data loader.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar, get_args, get_origin

import strawberry
from aiodataloader import DataLoader
from strawberry.types import Info
from strawberry.types.field import StrawberryField

T = TypeVar("T")

_BATCH: Final = "__entrepot_batch__"
_LOADERS: Final = "loaders"
_LIST: Final = re.compile(r"\s*(?:list|List|Sequence)\[(.*)\]\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class BatchFunction:
    """What a batch field calls: `function(sources, info, **arguments)`."""

    function: Callable[..., Any]
    takes_info: bool


def batch_field(function: Callable[..., Any] | None = None, *, is_annotated: bool = False, **options: Any) -> Any:
    """Declare a field whose function takes the list of all objects of its level.

    `async def prices(products: list[Product], info: Info, channel: str) -> list[list[Price]]` declares the field
    `prices(channel: String!): [Price!]!`: the first parameter gets the objects, the annotation of the result is a list
    with one value per object, in their order. A value may be an exception: then it is the error of that object alone.

    With `is_annotated` the field has the type that its attribute of the class is annotated with. `options` are those
    of `strawberry.federation.field`. Raises TypeError for a function of another shape.
    """
    if function is None:
        return lambda declared: batch_field(declared, is_annotated=is_annotated, **options)
    parameters = list(inspect.signature(function).parameters.values())
    if not parameters:
        raise TypeError(f"The batch field {function.__qualname__} needs a parameter for the objects.")
    takes_info = len(parameters) > 1 and parameters[1].name == "info"
    resolver = _build_resolver(function, takes_info=takes_info, is_annotated=is_annotated)
    declared: StrawberryField = strawberry.federation.field(resolver=resolver, **options)
    setattr(declared.base_resolver, _BATCH, BatchFunction(function, takes_info))
    return declared


def batch_function_of(definition: StrawberryField | None) -> BatchFunction | None:
    """The batch function of a field that was declared by `batch_field`."""
    return getattr(definition.base_resolver, _BATCH, None) if definition is not None else None


def each(sources: Iterable[T], read: Callable[[T], Any]) -> list[Any]:
    """What is read of each object; what `read` raises is the error of that object alone."""
    values: list[Any] = []
    for source in sources:
        try:
            values.append(read(source))
        except Exception as error:  # noqa: BLE001 - a batch field answers it in the place of a value
            values.append(error)
    return values


def _build_resolver(function: Callable[..., Any], *, takes_info: bool, is_annotated: bool) -> Callable[..., Any]:
    """The resolver of one object that graphql-core calls; Strawberry reads the field's type and arguments from it."""

    async def resolve(self: Any, info: Info[Any, Any], **arguments: Any) -> Any:
        return await _loader_of(info, function, arguments, takes_info=takes_info).load(_Source(self))

    signature = inspect.signature(function)
    declared = list(signature.parameters.values())[2 if takes_info else 1 :]
    self_parameter = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    info_parameter = inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Info)
    resolve.__annotations__ = {"info": Info, **{parameter.name: parameter.annotation for parameter in declared}}
    answer: Any = inspect.Signature.empty
    if not is_annotated:
        answer = resolve.__annotations__["return"] = _item_of(function, signature.return_annotation)
    resolve.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [self_parameter, info_parameter, *declared], return_annotation=answer
    )
    resolve.__name__, resolve.__qualname__ = function.__name__, function.__qualname__
    resolve.__module__, resolve.__doc__ = function.__module__, function.__doc__
    return resolve


def _item_of(function: Callable[..., Any], annotation: Any) -> Any:
    """The annotation of one value, from that of the list of all values."""
    if isinstance(annotation, str):
        found = _LIST.fullmatch(annotation)
        if found is not None:
            return found[1]
    elif get_origin(annotation) in {list, Sequence}:
        return get_args(annotation)[0]
    raise TypeError(
        f"The batch field {function.__qualname__} must be annotated to return list[...], one value per object."
    )


class _Source:
    """An object as the key of a loader: by identity, since it may be equal to another one or not hashable."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Source) and other.value is self.value


class _BatchFieldLoader(DataLoader[_Source, Any]):
    """One field of a request, with its arguments, under graphql-core."""

    cache = False

    def __init__(self, answer: Callable[[list[Any]], Any]) -> None:
        super().__init__()
        self._answer = answer

    async def batch_load_fn(self, keys: list[_Source]) -> list[Any]:
        answer = self._answer([key.value for key in keys])
        if inspect.isawaitable(answer):
            answer = await answer
        return list(answer)


def _loader_of(
    info: Info[Any, Any], function: Callable[..., Any], arguments: dict[str, Any], *, takes_info: bool
) -> _BatchFieldLoader:
    loaders = _loaders_of(info.context)
    # The node of the field: all objects that meet it have the same arguments.
    key = (_BatchFieldLoader, id(info._raw_info.field_nodes[0]))  # noqa: SLF001 - Strawberry offers no other way
    if key not in loaders:

        def answer(sources: list[Any]) -> Any:
            return function(sources, info, **arguments) if takes_info else function(sources, **arguments)

        loaders[key] = _BatchFieldLoader(answer)
    loader: _BatchFieldLoader = loaders[key]
    return loader


def _loaders_of(context: Any) -> MutableMapping[Any, Any]:
    """Where the loaders of a request are: the context's own `loaders`, or an entry or attribute of that name."""
    if isinstance(context, MutableMapping):
        entry: MutableMapping[Any, Any] = context.setdefault(_LOADERS, {})
        return entry
    if not hasattr(context, _LOADERS):
        setattr(context, _LOADERS, {})
    found: MutableMapping[Any, Any] = getattr(context, _LOADERS)
    return found
