"""A change between two versions of a schema, and the catalogue of its codes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Criticality(StrEnum):
    """What a change does to clients that were written for the base version."""

    BREAKING = "BREAKING"
    """An operation that was valid may be refused, or a caller that was refused may be let in."""
    DANGEROUS = "DANGEROUS"
    """Every operation stays valid, and a client may see what it does not expect."""
    SAFE = "SAFE"
    """No client notices."""


_B, _D, _S = Criticality.BREAKING, Criticality.DANGEROUS, Criticality.SAFE

CHANGE_CODES: Final[dict[str, tuple[Criticality, str]]] = {
    "TYPE_REMOVED": (_B, "a named type is gone"),
    "TYPE_ADDED": (_S, "a named type is new"),
    "TYPE_KIND_CHANGED": (_B, "a named type is of another kind, such as an interface that was an object type"),
    "ROOT_TYPE_REMOVED": (_B, "there are no queries, mutations or subscriptions any more"),
    "ROOT_TYPE_ADDED": (_S, "there are mutations or subscriptions now"),
    "DESCRIPTION_CHANGED": (_S, "a description has another text"),
    "FIELD_REMOVED": (_B, "an output field is gone"),
    "FIELD_ADDED": (_S, "an output field is new"),
    "FIELD_TYPE_CHANGED": (_B, "the values of a field are of another type, or may be null"),
    "FIELD_TYPE_NARROWED": (_S, "the values of a field are of a narrower type, or no longer null"),
    "ARGUMENT_REMOVED": (_B, "an argument is gone"),
    "REQUIRED_ARGUMENT_ADDED": (_B, "a field has a new argument that must be given"),
    "OPTIONAL_ARGUMENT_ADDED": (_D, "a field has a new argument that may be left out"),
    "ARGUMENT_TYPE_CHANGED": (_B, "an argument does not take all values that it took"),
    "ARGUMENT_TYPE_WIDENED": (_S, "an argument takes more values"),
    "ARGUMENT_DEFAULT_CHANGED": (_D, "an argument that is left out has another value"),
    "ENUM_VALUE_REMOVED": (_B, "a value of an enum is gone"),
    "ENUM_VALUE_ADDED": (_D, "an enum has a new value, which clients may not handle"),
    "UNION_MEMBER_REMOVED": (_B, "a type is no longer a member of a union"),
    "UNION_MEMBER_ADDED": (_D, "a union has a new member, which clients may not handle"),
    "INTERFACE_REMOVED": (_B, "a type no longer implements an interface"),
    "INTERFACE_ADDED": (_D, "a type implements another interface, whose clients may not handle it"),
    "INPUT_FIELD_REMOVED": (_B, "an input field is gone"),
    "REQUIRED_INPUT_FIELD_ADDED": (_B, "an input type has a new field that must be given"),
    "OPTIONAL_INPUT_FIELD_ADDED": (_D, "an input type has a new field that may be left out"),
    "INPUT_FIELD_TYPE_CHANGED": (_B, "an input field does not take all values that it took"),
    "INPUT_FIELD_TYPE_WIDENED": (_S, "an input field takes more values"),
    "INPUT_FIELD_DEFAULT_CHANGED": (_D, "an input field that is left out has another value"),
    "ONE_OF_ADDED": (_B, "an input type takes exactly one of its fields now"),
    "ONE_OF_REMOVED": (_S, "an input type takes any of its fields now"),
    "DEPRECATION_ADDED": (_S, "an element is deprecated"),
    "DEPRECATION_REMOVED": (_S, "an element is no longer deprecated"),
    "DEPRECATION_REASON_CHANGED": (_S, "the reason of a deprecation has another text"),
    "SPECIFICATION_CHANGED": (_D, "a scalar names another specification"),
    "DIRECTIVE_REMOVED": (_B, "a directive of operations is gone"),
    "DIRECTIVE_ADDED": (_S, "a directive of operations is new"),
    "DIRECTIVE_LOCATION_REMOVED": (_B, "a directive is no longer allowed at a place"),
    "DIRECTIVE_LOCATION_ADDED": (_S, "a directive is allowed at another place"),
    "DIRECTIVE_NOT_REPEATABLE": (_B, "a directive can no longer be repeated"),
    "DIRECTIVE_REPEATABLE": (_S, "a directive can be repeated now"),
    "SUBGRAPH_ADDED": (_S, "a subgraph is new"),
    "SUBGRAPH_REMOVED": (_D, "a subgraph is gone"),
    "AUTHORIZATION_LOOSENED": (_B, "callers that were refused can select an element"),
    "AUTHORIZATION_TIGHTENED": (_B, "callers that could select an element are refused"),
    "KEY_REMOVED": (_D, "an entity has a key less in a subgraph, which others may need to reach it"),
    "KEY_ADDED": (_S, "an entity has another key in a subgraph"),
    "ENTITY_NOT_RESOLVABLE": (_D, "a subgraph no longer resolves an entity by a key"),
    "ENTITY_RESOLVABLE": (_S, "a subgraph resolves an entity by a key now"),
    "FIELD_MOVED": (_D, "other subgraphs resolve a field"),
    "OVERRIDE_CHANGED": (_D, "an @override moves a field between subgraphs, or another share of it"),
    "REQUIREMENT_CHANGED": (_D, "a field needs other fields of its entity (@requires)"),
    "COST_CHANGED": (_D, "the @cost of an element is another, so that limits may refuse operations"),
    "LIST_SIZE_CHANGED": (_D, "the @listSize of a field is another, so that limits may refuse operations"),
    "CACHE_TAG_CHANGED": (_D, "the response cache finds entries of an element by other tags"),
    "CONTRACT_NOT_COMPOSED": (_B, "a contract has no schema any more"),
    "OPERATION_BROKEN": (_B, "an operation that clients send is no longer valid"),
    "OPERATION_UNPLANNABLE": (_B, "an operation that clients send can no longer be planned"),
    "OPERATION_SLOWER": (_D, "the plan of an operation has more requests to subgraphs, or more of them in sequence"),
    "EVENT_REMOVED": (_B, "a contract of events is gone"),
    "EVENT_ADDED": (_S, "a contract of events is new"),
    "EVENT_FIELD_REMOVED": (_B, "a field of an event is gone"),
    "EVENT_FIELD_ADDED": (_S, "an event has a new field, with a default for events that are stored"),
    "EVENT_REQUIRED_FIELD_ADDED": (_B, "an event has a new field, which events that are stored do not have"),
    "EVENT_FIELD_OPTIONAL": (_B, "a field of an event may be absent"),
    "EVENT_FIELD_REQUIRED": (_B, "a field of an event must be there, which events that are stored may not have"),
    "EVENT_FIELD_TYPE_CHANGED": (_B, "a field of an event may have values of another type"),
    "EVENT_FIELD_TYPE_NARROWED": (_D, "a field of an event has fewer types of values than events that are stored"),
    "EVENT_VALUE_ADDED": (_D, "a field of an event may have a value that it had not, which consumers may not handle"),
}
"""What is found, how critical it is at most, and what it means."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an element is defined; `version` is `base` for one that is gone. Lines and columns count from 1."""

    subgraph: str
    file: str
    line: int
    column: int
    version: str = "head"


@dataclass(frozen=True, slots=True)
class Change:
    """One change at one coordinate (`Type`, `Type.field`, `Type.field(argument:)`, `Enum.VALUE`, `@directive`).

    `evidence` is why it is less critical than its code says, or a likely reading of it; `details` is longer text, such
    as two query plans; `affected` is the coordinate whose users are affected, where it is not its own; `contract` names
    the contract graph that alone has the change; `approval` says who approved it.
    """

    code: str
    coordinate: str
    message: str
    criticality: Criticality
    evidence: str | None = None
    details: str | None = None
    affected: str | None = None
    place: Place | None = None
    contract: str | None = None
    approval: str | None = None

    @classmethod
    def of(cls, code: str, coordinate: str, message: str, *, affected: str | None = None) -> Change:
        """A change that is as critical as its code says."""
        return cls(code, coordinate, message, CHANGE_CODES[code][0], affected=affected)

    @property
    def is_refused(self) -> bool:
        """Whether the check fails because of it."""
        return self.criticality is Criticality.BREAKING and self.approval is None

    @property
    def fingerprint(self) -> str:
        """What an approval names: the same for the same change, wherever it is found; 16 hexadecimal digits."""
        text = "\n".join((self.code, self.coordinate, self.message, self.contract or ""))
        return hashlib.sha256(text.encode()).hexdigest()[:16]
