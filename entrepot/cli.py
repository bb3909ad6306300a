"""The command line: it parses the words, imports the command that they name, and turns errors into one line each."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Final

from entrepot.command_line.catalogue import COMMANDS
from entrepot.command_line.parser import build_parser
from entrepot.shared.collection import paused_collection
from entrepot.shared.colours import paint
from entrepot.shared.installation import explain_missing

# The commands of a deployment, whose secrets must be secret; the others serve nobody but their user.
_DEPLOYED: Final = frozenset(
    {
        "audit",
        "create-databases",
        "create-topics",
        "dead-letters",
        "erase-person",
        "migrate",
        "rebuild",
        "router",
        "sagas",
        "seed",
        "serve",
        "subgraph",
        "worker",
    }
)
_FAILED: Final = 1
_USAGE: Final = 2
_INTERRUPTED: Final = 130
_BROKEN_PIPE: Final = 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser, subparsers = build_parser()
    if not words:
        parser.print_help()
        return _USAGE
    subparsers.get(words[0], parser).check_options(words[1:] if words[0] in subparsers else words[:1])
    parsed, unknown = parser.parse_known_args(words)
    if unknown:
        # The parser of the command reports it, since its usage lists the known options.
        subparsers[parsed.command].error(f"unrecognized arguments: {' '.join(unknown)}")
    return _run(parsed)


def _run(parsed: argparse.Namespace) -> int:
    from entrepot.router.errors import RouterError
    from entrepot.shared.errors import EntrepotError

    command = COMMANDS[parsed.command]
    try:
        with paused_collection():
            _prepare_secrets(parsed.command)
            run = _load(command.run)
        return run(parsed)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except (RouterError, EntrepotError) as error:
        _complain(parsed.command, f"{paint(error.code, 'red', sys.stderr)}: {error.message}")
    except ModuleNotFoundError as error:
        if not error.name or error.name.partition(".")[0] == "entrepot":
            raise
        _complain(parsed.command, explain_missing(error.name, command.extra or "router"), mark="")
    except BrokenPipeError:
        # The reader of the output closed it; nothing more may be written, not even when Python flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _complain(parsed.command, f"{where}{error.strerror or error}")
    return _FAILED


def _prepare_secrets(command: str) -> None:
    """Read secrets that are in files, and refuse placeholders where they would be used."""
    if not any(name.startswith("ENTREPOT_") for name in os.environ):
        return
    from entrepot.wiring.secret_variables import read_secret_files, refuse_placeholders

    read_secret_files(os.environ)
    if command in _DEPLOYED:
        refuse_placeholders(os.environ)


def _complain(command: str, message: str, *, mark: str = ":") -> None:
    print(f"entrepot {command}{mark} {message}", file=sys.stderr)


def _load(run: str) -> Callable[[argparse.Namespace], int]:
    module, _, function = run.partition(":")
    loaded: Callable[[argparse.Namespace], int] = getattr(import_module(module), function)
    return loaded


if __name__ == "__main__":
    sys.exit(main())
