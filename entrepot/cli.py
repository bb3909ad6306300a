"""The command line: each command is a name, its arguments and a function, loaded when it is called for."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Final

Configure = Callable[[argparse.ArgumentParser], None]


@dataclass(frozen=True, slots=True)
class Command:
    """`module` holds the functions `configure` and `run` by these names; `extra` is what must be installed."""

    help: str
    module: str
    configure: str
    run: str
    extra: str


COMMANDS: Final = {
    "dev": Command(
        "open the whole shop in this process, with demo data", "entrepot.dev", "add_arguments", "run", "router,commerce"
    ),
    "router": Command("serve a supergraph", "entrepot.router", "add_arguments", "run", "router"),
    "compose": Command(
        "compose subgraphs into a supergraph",
        "entrepot.schema_tools",
        "add_compose_arguments",
        "run_compose",
        "router",
    ),
    "plan": Command(
        "print the query plan of an operation", "entrepot.schema_tools", "add_plan_arguments", "run_plan", "router"
    ),
    "schema": Command(
        "write the SDL of the subgraphs and the schemas of the events",
        "entrepot.schema_tools",
        "add_schema_arguments",
        "run_schema",
        "router,commerce",
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(prog="entrepot", description="A commerce backend as one federated GraphQL graph.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        subparser = commands.add_parser(name, help=command.help, description=command.help)
        if words[:1] == [name]:
            _load(name, command, command.configure)(subparser)
    parsed = parser.parse_args(words)
    command = COMMANDS[parsed.command]
    return _run(_load(parsed.command, command, command.run), parsed)


def _run(run: Callable[[argparse.Namespace], int], parsed: argparse.Namespace) -> int:
    from router.errors import RouterError
    from shared.errors import EntrepotError

    try:
        return run(parsed)
    except KeyboardInterrupt:
        return 130
    except (RouterError, EntrepotError) as error:
        print(f"entrepot {parsed.command}: {error.code}: {error.message}", file=sys.stderr)
    except OSError as error:
        print(f"entrepot {parsed.command}: {error}", file=sys.stderr)
    return 1


def _load(name: str, command: Command, function: str) -> Callable[..., int]:
    try:
        loaded: Callable[..., int] = getattr(import_module(command.module), function)
    except ModuleNotFoundError as error:
        sys.exit(f"entrepot {name} needs {error.name}: pip install 'entrepot[{command.extra}]'")
    return loaded


if __name__ == "__main__":
    sys.exit(main())
