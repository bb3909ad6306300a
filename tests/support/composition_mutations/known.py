"""Where the two composers differ on purpose: each class of difference with its reason, and how to tell it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.composition_mutations.campaign import Difference
from tests.support.planned_fields import find_unplannable_fields

_READING = {
    *("INVALID_GRAPHQL", "INVALID_LINK_DIRECTIVE_USAGE", "INVALID_LINK_IDENTIFIER", "UNKNOWN_FEDERATION_LINK_VERSION"),
    *("DIRECTIVE_DEFINITION_INVALID", "TYPE_DEFINITION_INVALID", "INVALID_SUBGRAPH_NAME", "NO_QUERIES"),
}
_OF_THE_WHOLE = {"INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE", "INTERFACE_FIELD_NO_IMPLEM"}
_FOLLOW_A_KEY = {
    *("INTERFACE_OBJECT_USAGE_ERROR", "KEY_FIELDS_SELECT_INVALID_TYPE"),
    *("INTERFACE_KEY_NOT_ON_IMPLEMENTATION", "INVALID_SHAREABLE_USAGE", "KEY_UNSUPPORTED_ON_INTERFACE"),
    *(
        "COST_APPLIED_TO_INTERFACE_FIELD",
        "PROVIDES_UNSUPPORTED_ON_INTERFACE",
        "REQUIRES_UNSUPPORTED_ON_INTERFACE",
        "REQUIRES_INVALID_FIELDS_TYPE",
    ),
}
_UNCHECKED = re.compile(
    r"INVALID_GRAPHQL: (?:.* is defined twice|.* implements .* twice|.* has the member .* twice|.* at once"
    r"|.* is given an argument twice|.* is of a @oneOf input;|The default of .* is not valid:)"
)


@dataclass(frozen=True)
class Known:
    """A class of differences; at most `share` of all mutations may be in it, so that it cannot hide a new fault."""

    reason: str
    applies: Callable[[Difference], bool]
    share: float


def _is_named_first(difference: Difference) -> bool:
    """Both refuse, for faults that keep a subgraph from being read; at least one of them is a link or a definition."""
    changed = difference.missing | difference.extra
    both = difference.ours.error_codes | difference.theirs.error_codes
    return _both_refuse(difference) and changed <= _READING and bool(both & (_READING - {"INVALID_GRAPHQL"}))


def _is_unchecked(difference: Difference) -> bool:
    """Each of our errors of GraphQL is of a rule that the other composer does not know."""
    ours = [message for message in difference.ours.messages if message.startswith("INVALID_GRAPHQL")]
    return not difference.ours.composes and bool(ours) and all(map(_UNCHECKED.match, ours))


def _is_resolvable(difference: Difference) -> bool:
    """They find it unsatisfiable, and there is a plan for each of its fields."""
    supergraph = difference.ours.supergraph
    is_theirs = difference.theirs.error_codes == {"SATISFIABILITY_ERROR"}
    return supergraph is not None and is_theirs and not find_unplannable_fields(supergraph)


def _has_no_implementation(difference: Difference) -> bool:
    return (
        difference.theirs.composes
        and all(message.startswith("SATISFIABILITY_ERROR") for message in difference.ours.messages)
        and all("is an @interfaceObject in" in message for message in difference.ours.messages)
    )


def _is_merged_first(difference: Difference) -> bool:
    both = difference.ours.error_codes & difference.theirs.error_codes
    if "TYPE_KIND_MISMATCH" in both:
        return difference.extra <= {"NO_QUERIES"}
    return bool(both) and (difference.missing | difference.extra) <= _OF_THE_WHOLE


def _follows_a_field_set(difference: Difference) -> bool:
    ours = difference.ours.error_codes
    is_invalid = "EXTERNAL_ON_INTERFACE" in ours or any(code.endswith("_INVALID_FIELDS") for code in ours)
    return is_invalid and difference.missing == {"EXTERNAL_UNUSED"} and not difference.extra


def _follows_a_key(difference: Difference) -> bool:
    both = difference.ours.error_codes & difference.theirs.error_codes
    return "KEY_INVALID_FIELDS" in both and not difference.missing and difference.extra <= _FOLLOW_A_KEY


def _follows_a_root(difference: Difference) -> bool:
    both = difference.ours.error_codes & difference.theirs.error_codes
    is_root = any(code.startswith("ROOT_") for code in both)
    return is_root and difference.extra == {"EXTERNAL_UNUSED"} and not difference.missing


def _both_refuse(difference: Difference) -> bool:
    return not difference.ours.composes and not difference.theirs.composes


def _say(pattern: str) -> Callable[[Difference], bool]:
    """A message of either composer says so."""

    def applies(difference: Difference) -> bool:
        messages = (*difference.ours.messages, *difference.theirs.messages)
        return any(re.search(pattern, message) for message in messages)

    return applies


KNOWN: dict[str, Known] = {
    "named first": Known(
        "A subgraph that cannot be read for several reasons: the specifications order them nowhere. The other composer "
        "reads a subgraph with a bad link on as one of federation 1, and reports what does not exist there.",
        _is_named_first,
        0.03,
    ),
    "rules of GraphQL": Known(
        "The GraphQL specification wants the values of an enum, the interfaces of a type and arguments to be unique "
        "(3.3, 3.6, 3.9), the fields of a @oneOf input to be nullable (3.10), one kind for a name, and a default that "
        "its type can be coerced from (3.6.1); the other composer does not ask for it.",
        _is_unchecked,
        0.015,
    ),
    "resolvable": Known(
        "The other composer does not pass through a subgraph to gather a key for entering it again, nor look at a "
        "field behind a label; the fields can be resolved, as a plan for each shows.",
        _is_resolvable,
        0.008,
    ),
    "interface without implementation": Known(
        "An @interfaceObject whose interface no implementation is known of: `__typename` below it is a valid query "
        "that nothing resolves; the other composer asks for the fields of implementations only.",
        _has_no_implementation,
        0.002,
    ),
    "merge": Known(
        "A type of several kinds is not merged by ours, and the whole is looked at when the merge has no errors; what "
        "else is wrong shows then.",
        _is_merged_first,
        0.003,
    ),
    "used": Known(
        "What an invalid field set selects as far as it can be read counts as used by ours, and what an interface asks "
        "of another one: one error for one fault.",
        _follows_a_field_set,
        0.003,
    ),
    "keys": Known(
        "The other composer leaves out rules on interfaces while a key is invalid; they are broken all the same.",
        _follows_a_key,
        0.003,
    ),
    "roots": Known(
        "A type by the name of a root that is another type is looked at all the same.",
        _follows_a_root,
        0.003,
    ),
    "types of link": Known(
        "The purposes of a link are SECURITY and EXECUTION (link v1.0); one is enough for the other composer.",
        _say('"link__Purpose" is in the link specification'),
        0.003,
    ),
    "impossible fragment": Known(
        "A fragment in a field set on a type that can never be there is invalid (GraphQL 5.5.2.3); the other composer "
        "does not look.",
        _say(r'a ".*" can never be a ".*"; remove the fragment'),
        0.003,
    ),
    "machinery": Known(
        "Directives on `Query` or `_Service` reach federation's own fields in the other composer; in ours those are "
        "taken out before, and what is written of them must be whole.",
        _say(r"_service|_Service|_entities|_Entity"),
        0.003,
    ),
    "imported scalar": Known(
        "A type that the link imports or prefixes is known without a definition (link v1.0, name conventions).",
        _say(r"\[\w+\] Unknown type (?:FieldSet|federation__\w+)"),
        0.003,
    ),
    "prefixed directive": Known(
        "A subgraph that uses a directive by its prefixed name imports it under no name that could be another.",
        _say(r'is imported with mismatched name .* "@federation__'),
        0.003,
    ),
    "own directive": Known(
        "A directive that a subgraph defines itself, under a name that another imports from federation, is its own.",
        lambda difference: (
            difference.missing == {"MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL"}
            and _both_refuse(difference)
            and "directive @inaccessible" in difference.text
        ),
        0.003,
    ),
    "resolvable twice": Known(
        "An implementation that states the key of its interface twice, once resolvable, can be entered by it.",
        _say(r"should be resolvable on all implementation types, but is declared with argument"),
        0.003,
    ),
    "upgrade": Known(
        "Ours looks at the field sets of a federation 1 subgraph before what is left of its types without externals.",
        lambda difference: difference.missing == {"TYPE_WITH_ONLY_UNUSED_EXTERNAL"} and _both_refuse(difference),
        0.003,
    ),
}
"""Name -> class; a difference outside of all fails the test."""


def explain(difference: Difference) -> str | None:
    """The name of the class that a difference is in, None for a new one."""
    return next((name for name, known in KNOWN.items() if known.applies(difference)), None)
