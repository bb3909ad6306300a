"""Representations: read from the merged data, deduplicated, and encoded as JSON text."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any

from entrepot.router.execution.json_text import encode_json
from entrepot.router.execution.merge import merge_object
from entrepot.router.execution.paths import JsonObject
from entrepot.router.plan import Representation
from entrepot.router.selection import Field, Selection, SelectionSet

Reader = Callable[[JsonObject], Any]
Extractor = Callable[[list[JsonObject], "RepresentationBatch"], None]


class Missing(Exception):
    """A value that a representation needs is missing, or null in a key."""


class RepresentationBatch:
    """The representations of one entity call: `texts[i]` stands for each object whose entry in `indexes` is i.

    `starts` holds, for each path of the call, where its objects begin.
    """

    __slots__ = ("indexes", "objects", "starts", "tables", "texts")

    def __init__(self, tables: int) -> None:
        self.texts: list[bytes] = []
        self.objects: list[JsonObject] = []
        self.indexes: list[int] = []
        self.starts: list[int] = []
        self.tables: list[dict[Any, int]] = [{} for _ in range(tables)]


def build_extractor(representations: tuple[Representation, ...]) -> tuple[Extractor, int]:
    """A function that adds objects to a batch, and how many tables that batch needs.

    Each object goes by the first representation whose types hold its own. Representations that send the same share a
    table, so that what is sent is sent once.
    """
    contents = list(dict.fromkeys((item.typename, item.fields, item.keys) for item in representations))
    builders = [
        _build_single(item, contents.index((item.typename, item.fields, item.keys))) for item in representations
    ]
    if len(representations) == 1 and representations[0].types is None:
        return builders[0], len(contents)

    def extract(objects: list[JsonObject], batch: RepresentationBatch) -> None:
        for representation, add in zip(representations, builders, strict=True):
            types = representation.types
            if types is None:
                add(objects, batch)
                return
            fitting = [item for item in objects if item.get("__typename") in types]
            if fitting:
                add(fitting, batch)
            if len(fitting) == len(objects):
                return
            objects = [item for item in objects if item.get("__typename") not in types]

    return extract, len(contents)


def _build_single(representation: Representation, table: int) -> Extractor:
    fields = [item for item in representation.fields if isinstance(item, Field) and not item.selections]
    typename = representation.typename
    if typename is None or len(fields) < len(representation.fields):
        return _build_general(representation, table)
    if len(fields) == 1 and _is_key(fields[0], representation.keys):
        return _build_one_key(typename, fields[0], table)
    return _build_scalars(typename, fields, representation.keys, table)


def _build_one_key(typename: str, key: Field, table: int) -> Extractor:
    """The common case: one scalar key, which is itself what tells representations apart."""
    head = b'{"__typename":' + encode_json(typename) + b"," + encode_json(key.name) + b":"
    source = key.response_key

    def add(objects: list[JsonObject], batch: RepresentationBatch) -> None:
        indexes = batch.tables[table]
        texts, kept, places = batch.texts, batch.objects, batch.indexes
        for item in objects:
            value = item.get(source)
            identity: str | bytes
            if value.__class__ is str:
                identity = value
            elif value is None:
                continue
            else:
                # 1, 1.0 and true are equal in Python and differ in JSON; objects are not hashable.
                identity = encode_json(value)
            index = indexes.get(identity)
            if index is None:
                index = indexes[identity] = len(texts)
                texts.append(head + encode_json(value) + b"}")
            kept.append(item)
            places.append(index)

    return add


def _build_scalars(typename: str, fields: list[Field], keys: frozenset[str] | None, table: int) -> Extractor:
    """Several scalars: their values, with their Python types, tell representations apart without printing them."""
    sources = [field.response_key for field in fields]
    # Two at least, so that an item getter always answers a tuple.
    read = itemgetter(sources[0], *sources)
    names = ["__typename", *(field.name for field in fields)]
    is_key = [False, *(_is_key(field, keys) for field in fields)]

    def add(objects: list[JsonObject], batch: RepresentationBatch) -> None:
        indexes = batch.tables[table]
        texts, kept, places = batch.texts, batch.objects, batch.indexes
        for item in objects:
            try:
                values = read(item)
            except KeyError:
                continue
            if None in values and any(value is None and held for value, held in zip(values, is_key, strict=True)):
                continue
            identity: Any = (values, tuple(map(type, values)))
            try:
                index = indexes.get(identity)
            except TypeError:
                # A custom scalar may hold a list or an object, which only its text can tell apart.
                identity = encode_json(values)
                index = indexes.get(identity)
            if index is None:
                index = indexes[identity] = len(texts)
                texts.append(encode_json(dict(zip(names, (typename, *values[1:]), strict=True))))
            kept.append(item)
            places.append(index)

    return add


def _build_general(representation: Representation, table: int) -> Extractor:
    typename = representation.typename
    read_fields = build_object_reader(representation.fields, representation.keys)

    def add(objects: list[JsonObject], batch: RepresentationBatch) -> None:
        indexes = batch.tables[table]
        for item in objects:
            sent: JsonObject = {"__typename": typename or item.get("__typename")}
            if sent["__typename"] is None:
                continue
            try:
                read_fields(item, sent)
            except Missing:
                continue
            text = encode_json(sent)
            index = indexes.get(text)
            if index is None:
                index = indexes[text] = len(batch.texts)
                batch.texts.append(text)
            batch.objects.append(item)
            batch.indexes.append(index)

    return add


def build_object_reader(
    selections: SelectionSet, keys: frozenset[str] | None, *, in_key: bool | None = None
) -> Callable[[JsonObject, JsonObject], None]:
    """A function that copies the selected fields of an object to another, under the names that the subgraph knows.

    `in_key` says of a nested set whether it belongs to a key; at the top `keys` says it for each field.
    The function raises Missing when a value is not there, or is null in a key.
    """
    steps = tuple(_build_selection_reader(selection, keys, in_key=in_key) for selection in selections)

    def read(item: JsonObject, sent: JsonObject) -> None:
        for step in steps:
            step(item, sent)

    return read


def _build_selection_reader(
    selection: Selection, keys: frozenset[str] | None, *, in_key: bool | None
) -> Callable[[JsonObject, JsonObject], None]:
    if isinstance(selection, Field):
        is_key = _is_key(selection, keys) if in_key is None else in_key
        return _build_field_reader(selection, is_key=is_key)
    read_inner = build_object_reader(selection.selections, keys, in_key=in_key)
    condition = selection.type_condition
    if condition is None:
        return read_inner

    def read_if_type(item: JsonObject, sent: JsonObject) -> None:
        if item.get("__typename") == condition:
            read_inner(item, sent)

    return read_if_type


def _build_field_reader(field: Field, *, is_key: bool) -> Callable[[JsonObject, JsonObject], None]:
    source, name = field.response_key, field.name
    read_inner = build_object_reader(field.selections, None, in_key=is_key) if field.selections else None

    def convert(value: Any) -> Any:
        if value is None:
            if is_key:
                raise Missing
            return None
        if read_inner is None:
            return value
        if value.__class__ is list:
            return [convert(item) for item in value]
        if value.__class__ is not dict:
            raise Missing
        sent: JsonObject = {}
        read_inner(value, sent)
        return sent

    def read(item: JsonObject, sent: JsonObject) -> None:
        if source not in item:
            raise Missing
        value = convert(item[source])
        if name in sent:
            merge_object(sent, {name: value})
        else:
            sent[name] = value

    return read


def _is_key(field: Field, keys: frozenset[str] | None) -> bool:
    return keys is None or field.response_key in keys
