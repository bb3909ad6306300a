"""Entity fetches with contexts, written once per set of values, with arguments of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from entrepot.router.plan.nodes import EntityFetch, Fetch
from entrepot.router.selection import InlineFragment, Selection, collect_variables, print_selections, rename_variables


def expand_calls_per_context(fetch: Fetch, counts: Sequence[int]) -> Fetch:
    """The fetch with each of its calls, in their order, made as often as `counts` says, under names of its own.

    The first of a call keeps the names that it has in the plan. A call that is not made is left out, and so are the
    client's variables that only it uses. For fetches with contexts, whose calls planning has written down.
    """
    calls = [
        _rewrite(call, number) if number else call
        for call, count in zip(fetch.entities, counts, strict=True)
        for number in range(count)
    ]
    written = [call.written for call in calls if call.written is not None]
    used = collect_variables(written).union(*(item.variables for item in fetch.directives))
    kept = [(name, text) for name, text in zip(fetch.variables, fetch.declared, strict=True) if name in used]
    definitions = [text for call in calls for text in declare_variables(call)] + [text for _, text in kept]
    head = fetch.operation.split("(", 1)[0]
    directives = "".join(f" {item.value}" for item in fetch.directives)
    return replace(
        fetch,
        operation=f"{head}({', '.join(definitions)}){directives} {{ {print_selections(written)} }}",
        variables=tuple(name for name, _ in kept),
        declared=tuple(text for _, text in kept),
        entities=tuple(calls),
    )


def declare_variables(call: EntityFetch) -> list[str]:
    """The definitions of the call's own variables."""
    return [f"${call.variable}: [_Any!]!", *(f"${item.variable}: {item.type}" for item in call.contexts)]


def _rewrite(call: EntityFetch, number: int) -> EntityFetch:
    assert call.written is not None
    names = {name: f"{name}_{number}" for name in (call.variable, *(item.variable for item in call.contexts))}
    alias = f"{call.alias}_{number}"
    return replace(
        call,
        alias=alias,
        variable=names[call.variable],
        contexts=tuple(replace(item, variable=names[item.variable]) for item in call.contexts),
        written=_rename(call.written, alias, names),
    )


def _rename(item: Selection, alias: str, names: Mapping[str, str]) -> Selection:
    """The call under another alias with other variables; fragments around it only carry conditions."""
    if isinstance(item, InlineFragment):
        return replace(item, selections=tuple(_rename(inner, alias, names) for inner in item.selections))
    (renamed,) = rename_variables((replace(item, alias=alias),), names)
    return renamed
