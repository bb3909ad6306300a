"""Changes of the directives that operations may use."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import GraphQLDirective, GraphQLSchema

from entrepot.router.checks.api.elements import added, compare_arguments
from entrepot.router.checks.change import Change


def compare_directives(base: GraphQLSchema, head: GraphQLSchema) -> Iterator[Change]:
    """The changes of directives, of their places and of their arguments."""
    before = {directive.name: directive for directive in base.directives}
    after = {directive.name: directive for directive in head.directives}
    for name, directive in before.items():
        other = after.get(name)
        if other is None:
            yield Change.of("DIRECTIVE_REMOVED", f"@{name}", f"The directive @{name} is removed.")
        else:
            yield from _compare(directive, other)
    for name in added(before, after):
        yield Change.of("DIRECTIVE_ADDED", f"@{name}", f"The directive @{name} is added.")


def _compare(base: GraphQLDirective, head: GraphQLDirective) -> Iterator[Change]:
    coordinate = f"@{base.name}"
    if base.description != head.description:
        yield Change.of("DESCRIPTION_CHANGED", coordinate, f"The description of {coordinate} changes.")
    for place in (each for each in base.locations if each not in head.locations):
        message = f"{coordinate} is no longer allowed on {place.name}."
        yield Change.of("DIRECTIVE_LOCATION_REMOVED", coordinate, message)
    for place in (each for each in head.locations if each not in base.locations):
        yield Change.of("DIRECTIVE_LOCATION_ADDED", coordinate, f"{coordinate} is allowed on {place.name} now.")
    if base.is_repeatable and not head.is_repeatable:
        yield Change.of("DIRECTIVE_NOT_REPEATABLE", coordinate, f"{coordinate} can no longer be repeated.")
    elif head.is_repeatable and not base.is_repeatable:
        yield Change.of("DIRECTIVE_REPEATABLE", coordinate, f"{coordinate} can be repeated now.")
    yield from compare_arguments(coordinate, base.args, head.args)
