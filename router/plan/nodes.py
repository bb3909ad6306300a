"""The query plan: what planning hands to execution, and all that the two share.

A plan is a tree of steps (`Sequence`, `Parallel`, `Condition`, `Fetch`) that fills one tree of merged data,
and an `Output` that says how the client's answer is read off that data. Planning decides every key of the merged
data (aliases included), so that execution merges without looking at any schema.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from entrepot.router.selection import Argument, Condition, Deferral, NullableCondition, Selection, SelectionSet

OperationKind = Literal["query", "mutation", "subscription"]


@dataclass(frozen=True, slots=True)
class PathStep:
    """One step down the merged data: read `key`, flatten `list_depth` lists, keep objects of these types.

    `types` names the concrete types (by the merged `__typename`) for which the path goes on; None keeps all.
    """

    key: str
    list_depth: int = 0
    types: frozenset[str] | None = None


Path = tuple[PathStep, ...]


@dataclass(frozen=True, slots=True)
class Representation:
    """What is sent to `_entities` for an object of one of `types` (None: any).

    `typename` is sent as `__typename`; None sends the object's own. In `fields`, a field's `response_key` says where
    the value is read in the merged data and its `name` what it is called in the representation.
    An object for which a non-null key is missing or null is not sent: its entity is null. `keys` holds the response
    keys, at the top of `fields`, that belong to the `@key`; what `@requires` added beside them may be null and is sent
    as null. None: all of `fields` are keys. Inline fragments in `fields` name concrete types, as merged.
    """

    types: frozenset[str] | None
    typename: str | None
    fields: SelectionSet
    keys: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class ContextInput:
    """A variable of an entity call whose value stands above the objects that the call completes (`@fromContext`).

    `selections` says how the value is read, as a representation's fields do, from the object that is `levels` steps up
    the call's path; `type` is the variable's type. Where the value is missing, or null and the type is non-null, the
    object below is not asked for.
    """

    variable: str
    type: str
    levels: int
    selections: SelectionSet


@dataclass(frozen=True, slots=True)
class EntityFetch:
    """One `_entities` field of a fetch: which objects it completes, and with what.

    `alias` is the response key of the `_entities` field and `variable` the name of its representations variable,
    both as written in the fetch's operation. Objects at all `paths` share one list of deduplicated representations.
    The first of `representations` whose `types` hold an object's type is used; an object that none fits is left alone.
    A call with `contexts` is made once for each set of values that its objects have: all calls of such a fetch have
    `written`, the call as it stands in the operation, from which `expand_calls_per_context` writes it again.
    """

    alias: str
    variable: str
    paths: tuple[Path, ...]
    representations: tuple[Representation, ...]
    conditions: tuple[Condition, ...] = ()
    contexts: tuple[ContextInput, ...] = ()
    written: Selection | None = None


@dataclass(frozen=True, slots=True)
class Fetch:
    """One request to one subgraph.

    `entities` is empty for a fetch of root fields, whose data merges at the root, or where there are `paths` into the
    objects there (a field below the root may return the root type again). Else the data of each call's alias merges
    into the objects of its paths. `variables` names the client's variables that `operation` uses; `declared` holds
    their definitions where some call has contexts. `directives` are those of the client's own on the operation.
    """

    id: int
    subgraph: str
    kind: OperationKind
    operation: str
    operation_name: str | None
    variables: tuple[str, ...] = ()
    entities: tuple[EntityFetch, ...] = ()
    declared: tuple[str, ...] = ()
    paths: tuple[Path, ...] = ()
    directives: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Sequence:
    """Steps one after another: each may need what the one before fetched."""

    steps: tuple[PlanNode, ...]


@dataclass(frozen=True, slots=True)
class Parallel:
    """Steps that need nothing of each other."""

    steps: tuple[PlanNode, ...]


@dataclass(frozen=True, slots=True)
class ConditionNode:
    """A step that runs only when all conditions hold for the request's variables."""

    conditions: tuple[Condition, ...]
    step: PlanNode


PlanNode = Fetch | Sequence | Parallel | ConditionNode


@dataclass(frozen=True, slots=True)
class OutputType:
    """The type of an output position: lists and non-nulls around a leaf or an object.

    `shape` lists the wrappers from the outside in, one entry a level, True where that level is non-null:
    `[String!]!` is (True, True) with `list_depth` 1. `enum_values` holds the values a client may see, for an enum.
    """

    name: str
    shape: tuple[bool, ...]
    enum_values: frozenset[str] | None = None

    @property
    def list_depth(self) -> int:
        return len(self.shape) - 1


NOWHERE = ""
"""The source of a field that no fetch brings: no response key is empty."""


@dataclass(frozen=True, slots=True)
class OutputField:
    """One key of the client's answer: `key` in the answer is read from `source` in the merged data.

    `conditions` is a disjunction of conjunctions: the field is there when any inner tuple holds whole; an empty outer
    tuple means always. A field named `__typename` reads the object's type as the client may see it.
    """

    key: str
    source: str
    name: str
    type: OutputType
    conditions: tuple[tuple[Condition, ...], ...] = ()
    selection: OutputSelection | None = None


@dataclass(frozen=True, slots=True)
class OutputSelection:
    """The fields of an object position, by the concrete type of the object, in the client's order.

    A position of one concrete type has one entry. An object whose `__typename` has no entry (an inaccessible or an
    unknown type) is null. `typename_source` is the key of the merged data that holds the type, None when the
    position can have one type only.
    """

    by_type: tuple[tuple[str, tuple[OutputField, ...]], ...]
    typename_source: str | None = None


@dataclass(frozen=True, slots=True)
class IntrospectionField:
    """A root field answered locally: the printed selection of `__schema` or `__type` under its response key."""

    key: str
    operation: str
    conditions: tuple[tuple[Condition, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class DeferredPart:
    """What is fetched for one deferred fragment, after the part around it: the primary one, or that of its parent.

    `root` is None when the parts before bring all that the fragment holds. In the output, what is delivered with the
    fragment has its deferral among the conditions.
    """

    deferral: Deferral
    root: PlanNode | None


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """A whole plan. For a subscription, `subscription` opens the stream and `root` completes each event.

    `root` is None when nothing is to be fetched (only `__typename` or introspection was asked for). With `deferred`
    parts it is the primary part. `root_keys` are the response keys of the root in the client's order, where some of
    them are of introspection. `nullable_conditions` are to be checked for each request.
    """

    kind: OperationKind
    root: PlanNode | None
    output: OutputSelection
    subscription: Fetch | None = None
    introspection: tuple[IntrospectionField, ...] = ()
    deferred: tuple[DeferredPart, ...] = ()
    root_keys: tuple[str, ...] = ()
    nullable_conditions: tuple[NullableCondition, ...] = ()
