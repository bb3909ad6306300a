"""`entrepot plan`: how an operation would be answered, and how the planner came to it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable

from entrepot.command_line.streams import check_standard_input, read_source


def run_plan(arguments: argparse.Namespace) -> int:
    """Print the plan of an operation, after the stages that led to it where they are asked for."""
    check_standard_input(arguments.supergraph, arguments.operation)
    stages, plan = plan_text(
        read_source(arguments.supergraph),
        read_source(arguments.operation),
        operation_name=arguments.operation_name,
        labels=frozenset(arguments.label),
        form=arguments.format,
        names=(str(arguments.supergraph), str(arguments.operation)),
    )
    for name, text in stages if arguments.stages else ():
        print(f"# {name}\n{text}\n")
    print(f"# plan\n{plan}" if arguments.stages else plan)
    return 0


def plan_text(
    supergraph_sdl: str,
    document_text: str,
    *,
    operation_name: str | None = None,
    labels: frozenset[str] = frozenset(),
    form: str = "text",
    names: tuple[str, str] = ("supergraph", "operation"),
) -> tuple[list[tuple[str, str]], str]:
    """The stages of planning, each by its name, and the plan in the form asked for.

    `names` are those of the supergraph and of the document in messages.
    Raises SupergraphInvalid, SyntaxInvalid and OperationInvalid, and what planning raises.
    """
    from graphql import GraphQLError, Source, parse, validate

    from entrepot.router.errors import OperationInvalid, SupergraphInvalid, SyntaxInvalid
    from entrepot.router.graph import build_graph
    from entrepot.router.operation import normalize_operation
    from entrepot.router.plan import QueryPlan, plan_to_json, plan_to_mermaid, print_plan
    from entrepot.router.planning import plan_operation
    from entrepot.router.supergraph import read_supergraph

    try:
        supergraph = read_supergraph(supergraph_sdl)
    except SupergraphInvalid as error:
        raise SupergraphInvalid(f"{names[0]}: {error.message}") from error
    try:
        document = parse(Source(document_text, names[1]))
    except GraphQLError as error:
        raise SyntaxInvalid(str(error)) from error
    problems = validate(supergraph.api_schema, document)
    if problems:
        raise OperationInvalid("\n\n".join(str(problem) for problem in problems))
    operation = normalize_operation(supergraph, document, operation_name)
    stages: list[tuple[str, str]] = []
    plan = plan_operation(
        build_graph(supergraph),
        operation,
        active_labels=labels,
        observe=lambda name, show: stages.append((name, show())),
    )
    forms: dict[str, Callable[[QueryPlan], str]] = {
        "text": print_plan,
        "json": lambda it: json.dumps(plan_to_json(it), indent=2),
        "mermaid": plan_to_mermaid,
    }
    return stages, forms[form](plan)
