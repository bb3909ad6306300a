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


_SERVERS: Final = "router,commerce,postgres,redis,kafka"

COMMANDS: Final = {
    "dev": Command(
        "open the whole shop in this process, with demo data",
        "entrepot.commands.dev",
        "add_arguments",
        "run",
        "router,commerce",
    ),
    "serve": Command(
        "run the whole shop in this process on PostgreSQL, for production",
        "entrepot.commands.serve",
        "add_arguments",
        "run",
        "router,commerce,postgres",
    ),
    "router": Command("serve a supergraph", "entrepot.commands.router", "add_arguments", "run", "router"),
    "compose": Command(
        "compose subgraphs into a supergraph",
        "entrepot.commands.schema_tools",
        "add_compose_arguments",
        "run_compose",
        "router",
    ),
    "plan": Command(
        "print the query plan of an operation",
        "entrepot.commands.plan_tools",
        "add_plan_arguments",
        "run_plan",
        "router",
    ),
    "subgraph": Command(
        "answer for subgraphs in a process of their own",
        "entrepot.commands.processes",
        "add_arguments",
        "run_subgraph",
        _SERVERS,
    ),
    "worker": Command(
        "send, receive and do the jobs of subgraphs",
        "entrepot.commands.processes",
        "add_arguments",
        "run_worker",
        _SERVERS,
    ),
    "databases": Command(
        "create a database and a role for each subgraph",
        "entrepot.commands.deployment",
        "add_name_arguments",
        "run_databases",
        _SERVERS,
    ),
    "migrate": Command(
        "bring the tables of subgraphs to the newest revision",
        "entrepot.commands.deployment",
        "add_name_arguments",
        "run_migrate",
        _SERVERS,
    ),
    "topics": Command(
        "create the topics of Kafka", "entrepot.commands.deployment", "add_no_arguments", "run_topics", _SERVERS
    ),
    "seed": Command("put the demo data in", "entrepot.commands.deployment", "add_seed_arguments", "run_seed", _SERVERS),
    "keys": Command(
        "make the keys by which routers say who is calling",
        "entrepot.commands.deployment",
        "add_key_arguments",
        "run_keys",
        _SERVERS,
    ),
    "health": Command(
        "ask a process whether it is ready", "entrepot.commands.health", "add_arguments", "run", "router"
    ),
    "up": Command(
        "start what docker-compose.yml describes, without containers",
        "entrepot.commands.up",
        "add_arguments",
        "run",
        "router",
    ),
    "rebuild": Command(
        "make a read model anew from the events that fed it",
        "entrepot.commands.rebuild",
        "add_arguments",
        "run",
        "router,commerce",
    ),
    "schema": Command(
        "write the SDL of the subgraphs and the schemas of the events",
        "entrepot.commands.schema_tools",
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
    subparsers = {
        name: commands.add_parser(name, help=command.help, description=command.help)
        for name, command in COMMANDS.items()
    }
    if words and words[0] in COMMANDS:
        command = COMMANDS[words[0]]
        _load(words[0], command, command.configure)(subparsers[words[0]])
    parsed, unknown = parser.parse_known_args(words)
    command = COMMANDS[parsed.command]
    if unknown:
        # Said by the command's own parser, which shows what it does know.
        subparsers[parsed.command].error(f"unrecognized arguments: {' '.join(unknown)}")
    return _run(_load(parsed.command, command, command.run), parsed)


def _run(run: Callable[[argparse.Namespace], int], parsed: argparse.Namespace) -> int:
    from entrepot.router.errors import RouterError
    from entrepot.shared.errors import EntrepotError

    try:
        return run(parsed)
    except KeyboardInterrupt:
        return 130
    except (RouterError, EntrepotError) as error:
        print(f"entrepot {parsed.command}: {error.code}: {error.message}", file=sys.stderr)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"entrepot {parsed.command}: {where}{error.strerror or error}", file=sys.stderr)
    return 1


def _load(name: str, command: Command, function: str) -> Callable[..., int]:
    try:
        loaded: Callable[..., int] = getattr(import_module(command.module), function)
    except ModuleNotFoundError as error:
        sys.exit(f"entrepot {name} needs {error.name}: pip install 'entrepot[{command.extra}]'")
    return loaded


if __name__ == "__main__":
    sys.exit(main())
