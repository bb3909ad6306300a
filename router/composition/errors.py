"""The catalogue of composition errors, and the value an error is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from entrepot.router.composition.definitions import Location


@dataclass(frozen=True, slots=True)
class CompositionError:
    """One reason why the subgraphs do not compose; `locations` say where in which subgraph's SDL."""

    code: str
    message: str
    locations: tuple[Location, ...] = ()

    def __str__(self) -> str:
        where = ", ".join(f"{each.subgraph}:{each.line}:{each.column}" for each in self.locations)
        return f"{self.code}: {self.message}" + (f" ({where})" if where else "")


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One entry of the catalogue; `since` is the version of the reference composer that introduced the code."""

    code: str
    description: str
    since: str


class SubgraphUnreadable(Exception):
    """Reading a subgraph cannot go on; the errors say why."""

    def __init__(self, errors: Iterable[CompositionError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(map(str, self.errors)))


ERROR_CODES: tuple[ErrorCode, ...] = (
    ErrorCode("INVALID_GRAPHQL", "A schema breaks a rule of the GraphQL specification.", "2.0.0"),
    ErrorCode("DIRECTIVE_DEFINITION_INVALID", "A subgraph redefines a federation directive differently.", "2.0.0"),
    ErrorCode("TYPE_DEFINITION_INVALID", "A subgraph redefines a federation type differently.", "2.0.0"),
    ErrorCode("UNSUPPORTED_LINKED_FEATURE", "A linked specification must be understood and is not.", "2.0.0"),
    ErrorCode("UNKNOWN_FEDERATION_LINK_VERSION", "The federation version that is linked does not exist.", "2.0.0"),
    ErrorCode("UNKNOWN_LINK_VERSION", "The version of the link specification does not exist.", "2.1.0"),
    ErrorCode("KEY_FIELDS_HAS_ARGS", "A key selects a field that takes arguments.", "2.0.0"),
    ErrorCode("PROVIDES_FIELDS_HAS_ARGS", "A provision selects a field that takes arguments.", "2.0.0"),
    ErrorCode("PROVIDES_FIELDS_MISSING_EXTERNAL", "A provided field is not marked @external.", "0.x"),
    ErrorCode("REQUIRES_FIELDS_MISSING_EXTERNAL", "A required field is not marked @external.", "0.x"),
    ErrorCode("KEY_UNSUPPORTED_ON_INTERFACE", "@key stands on an interface before federation 2.3.", "2.0.0"),
    ErrorCode("PROVIDES_UNSUPPORTED_ON_INTERFACE", "@provides stands on an interface field.", "2.0.0"),
    ErrorCode("REQUIRES_UNSUPPORTED_ON_INTERFACE", "@requires stands on an interface field.", "2.0.0"),
    ErrorCode("EXTERNAL_UNUSED", "An @external field is used by nothing in its subgraph.", "0.x"),
    ErrorCode("EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE", "@external stands beside a directive it excludes.", "2.1.0"),
    ErrorCode("TYPE_WITH_ONLY_UNUSED_EXTERNAL", "A federation 1 type has nothing but unused external fields.", "2.0.0"),
    ErrorCode("PROVIDES_ON_NON_OBJECT_FIELD", "@provides stands on a field that returns no composite type.", "2.0.0"),
    ErrorCode("KEY_INVALID_FIELDS_TYPE", "The `fields` of @key is not a string.", "2.0.0"),
    ErrorCode("PROVIDES_INVALID_FIELDS_TYPE", "The `fields` of @provides is not a string.", "2.0.0"),
    ErrorCode("REQUIRES_INVALID_FIELDS_TYPE", "The `fields` of @requires is not a string.", "2.0.0"),
    ErrorCode("KEY_INVALID_FIELDS", "The selection of a @key is not valid on its type.", "2.0.0"),
    ErrorCode("PROVIDES_INVALID_FIELDS", "The selection of a @provides is not valid on the returned type.", "2.0.0"),
    ErrorCode("REQUIRES_INVALID_FIELDS", "The selection of a @requires is not valid on its type.", "2.0.0"),
    ErrorCode("KEY_FIELDS_SELECT_INVALID_TYPE", "A key selects a field of interface or union type.", "0.x"),
    ErrorCode("ROOT_QUERY_USED", "A type is called Query beside another query root.", "0.x"),
    ErrorCode("ROOT_MUTATION_USED", "A type is called Mutation beside another mutation root.", "0.x"),
    ErrorCode("ROOT_SUBSCRIPTION_USED", "A type is called Subscription beside another subscription root.", "0.x"),
    ErrorCode("INVALID_SUBGRAPH_NAME", "The name of a subgraph cannot be used.", "2.0.0"),
    ErrorCode("NO_QUERIES", "No subgraph has a query root with fields.", "2.0.0"),
    ErrorCode("INTERFACE_FIELD_NO_IMPLEM", "An implementation lacks a field of its merged interface.", "2.0.0"),
    ErrorCode("TYPE_KIND_MISMATCH", "One type is of different kinds in different subgraphs.", "2.0.0"),
    ErrorCode("CONTEXT_NOT_SET", "@fromContext reads a context that nothing sets, or cannot read any.", "2.8.0"),
    ErrorCode("CONTEXT_INVALID_SELECTION", "The selection of @fromContext is not valid on the context.", "2.8.0"),
    ErrorCode("NO_CONTEXT_IN_SELECTION", "@fromContext names no context.", "2.8.0"),
    ErrorCode("CONTEXT_NO_RESOLVABLE_KEY", "A type that reads a context has no resolvable key.", "2.8.0"),
    ErrorCode("CONTEXT_NAME_INVALID", "The name of a context cannot be used.", "2.8.0"),
    ErrorCode("EXTERNAL_TYPE_MISMATCH", "An @external field has another type than the field itself.", "0.x"),
    ErrorCode("EXTERNAL_ARGUMENT_MISSING", "An @external field lacks an argument of the field itself.", "2.0.0"),
    ErrorCode("EXTERNAL_ARGUMENT_TYPE_MISMATCH", "An argument of an @external field has another type.", "2.0.0"),
    ErrorCode("EXTERNAL_ARGUMENT_DEFAULT_MISMATCH", "An argument of an @external field has another default.", "2.0.0"),
    ErrorCode("EXTERNAL_ON_INTERFACE", "@external stands on an interface field.", "2.0.0"),
    ErrorCode("MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL", "A merged directive stands on an @external field.", "2.0.0"),
    ErrorCode("FIELD_TYPE_MISMATCH", "A field has incompatible types in different subgraphs.", "2.0.0"),
    ErrorCode("FIELD_ARGUMENT_TYPE_MISMATCH", "An argument has incompatible types in different subgraphs.", "2.0.0"),
    ErrorCode("INPUT_FIELD_DEFAULT_MISMATCH", "An input field has different defaults.", "2.0.0"),
    ErrorCode("FIELD_ARGUMENT_DEFAULT_MISMATCH", "An argument has different defaults.", "2.0.0"),
    ErrorCode("EXTENSION_WITH_NO_BASE", "A federation 1 extension has no definition anywhere.", "0.x"),
    ErrorCode("EXTERNAL_MISSING_ON_BASE", "A field is @external in every subgraph that has it.", "0.x"),
    ErrorCode("INVALID_FIELD_SHARING", "Several subgraphs resolve a field that is not @shareable.", "2.0.0"),
    ErrorCode("INVALID_SHAREABLE_USAGE", "@shareable stands on an interface field.", "2.1.2"),
    ErrorCode("INVALID_LINK_DIRECTIVE_USAGE", "An application of @link is not valid.", "2.0.0"),
    ErrorCode("INVALID_LINK_IDENTIFIER", "The URL of a @link names no specification and version.", "2.1.0"),
    ErrorCode("LINK_IMPORT_NAME_MISMATCH", "Subgraphs import one directive under different names.", "2.0.0"),
    ErrorCode("REFERENCED_INACCESSIBLE", "A visible element refers to an @inaccessible one.", "2.0.0"),
    ErrorCode("DEFAULT_VALUE_USES_INACCESSIBLE", "A visible default uses an @inaccessible element.", "2.0.0"),
    ErrorCode("QUERY_ROOT_TYPE_INACCESSIBLE", "The query root is @inaccessible.", "2.0.0"),
    ErrorCode("REQUIRED_INACCESSIBLE", "A required argument or input field is @inaccessible.", "2.0.0"),
    ErrorCode(
        "DISALLOWED_INACCESSIBLE", "A built-in element or part of a composed directive is @inaccessible.", "2.0.0"
    ),
    ErrorCode("IMPLEMENTED_BY_INACCESSIBLE", "A visible interface part has an @inaccessible implementation.", "2.0.0"),
    ErrorCode("ONLY_INACCESSIBLE_CHILDREN", "A visible type has only @inaccessible parts.", "2.0.0"),
    ErrorCode("REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH", "A required argument is not in every subgraph.", "2.0.0"),
    ErrorCode("REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH", "A required input field is not everywhere.", "2.0.0"),
    ErrorCode("EMPTY_MERGED_INPUT_TYPE", "The subgraphs share no field of an input type.", "2.0.0"),
    ErrorCode("ENUM_VALUE_MISMATCH", "An enum used both ways differs between subgraphs.", "2.0.0"),
    ErrorCode("EMPTY_MERGED_ENUM_TYPE", "The subgraphs share no value of an input enum.", "2.0.0"),
    ErrorCode("SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES", "A shared field's runtime types do not meet.", "2.0.0"),
    ErrorCode("SATISFIABILITY_ERROR", "A query that the API allows cannot be resolved.", "2.0.0"),
    ErrorCode(
        "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE", "@override stands against a directive it excludes.", "2.0.0"
    ),
    ErrorCode("OVERRIDE_FROM_SELF_ERROR", "A field overrides itself.", "2.0.0"),
    ErrorCode("OVERRIDE_SOURCE_HAS_OVERRIDE", "A field overrides one that overrides another.", "2.0.0"),
    ErrorCode("OVERRIDE_ON_INTERFACE", "@override stands on an interface field.", "2.3.0"),
    ErrorCode("OVERRIDE_LABEL_INVALID", "The label of an @override cannot be read.", "2.7.0"),
    ErrorCode(
        "UNSUPPORTED_FEATURE",
        "A feature is not supported; other codes say so of each, and this one is not raised.",
        "2.1.0",
    ),
    ErrorCode(
        "INVALID_FEDERATION_SUPERGRAPH",
        "A supergraph is not one that a composer made; not raised by composing.",
        "2.1.0",
    ),
    ErrorCode("DOWNSTREAM_SERVICE_ERROR", "A subgraph did not give its SDL; not raised by composing.", "0.x"),
    ErrorCode("KEY_DIRECTIVE_IN_FIELDS_ARG", "The selection of a @key has a directive in it.", "2.1.0"),
    ErrorCode("PROVIDES_DIRECTIVE_IN_FIELDS_ARG", "The selection of a @provides has a directive in it.", "2.1.0"),
    ErrorCode("REQUIRES_DIRECTIVE_IN_FIELDS_ARG", "The selection of a @requires has a directive in it.", "2.1.0"),
    ErrorCode("DIRECTIVE_COMPOSITION_ERROR", "@composeDirective cannot be obeyed.", "2.1.0"),
    ErrorCode("INTERFACE_OBJECT_USAGE_ERROR", "@interfaceObject is used in a way it does not allow.", "2.3.0"),
    ErrorCode("INTERFACE_KEY_NOT_ON_IMPLEMENTATION", "An implementation lacks a key of its interface.", "2.3.0"),
    ErrorCode("INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE", "An interface with @key lacks an implementation.", "2.3.0"),
    ErrorCode(
        "CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS",
        "A required argument is contextual in some subgraphs only.",
        "2.7.0",
    ),
    ErrorCode("COST_APPLIED_TO_INTERFACE_FIELD", "@cost stands on an interface field.", "2.9.2"),
    ErrorCode("LIST_SIZE_APPLIED_TO_NON_LIST", "@listSize stands on, or names as sized, what is no list.", "2.9.2"),
    ErrorCode("LIST_SIZE_INVALID_ASSUMED_SIZE", "@listSize assumes a negative size.", "2.9.2"),
    ErrorCode("LIST_SIZE_INVALID_SIZED_FIELD", "@listSize names a sized field that does not exist.", "2.9.2"),
    ErrorCode("LIST_SIZE_INVALID_SLICING_ARGUMENT", "@listSize names an argument that is no integer.", "2.9.2"),
    ErrorCode("MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED", "Checking what is reachable passed its limit.", "2.8.0"),
    ErrorCode("AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE", "Authorization stands on an interface.", "2.9.4"),
    ErrorCode("MISSING_TRANSITIVE_AUTH_REQUIREMENTS", "A field needs protected data it does not protect.", "2.9.4"),
)
