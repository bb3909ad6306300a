"""The parser of the command line: suggestions for misspelt words, and colours where a person reads."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from platform import python_version
from typing import IO, Any, Final, NoReturn

from entrepot.command_line.catalogue import COMMANDS
from entrepot.shared.colours import paint, wants_colour
from entrepot.shared.installation import read_version

_HEADING: Final = re.compile(r"^(usage|[a-z][\w ]*):", re.MULTILINE)
_OPTION: Final = re.compile(r"^(  +)(-{1,2}[\w-]+(?:, -{1,2}[\w-]+)*|[a-z]+(?=  +\S))", re.MULTILINE)
_EPILOG: Final = "`entrepot COMMAND --help` explains the options of a command."


class Parser(argparse.ArgumentParser):
    """An argument parser that suggests the nearest option and colours its help on a terminal."""

    @property
    def options(self) -> list[argparse.Action]:
        """All options and positional arguments, in the order of the help."""
        return list(self._actions)

    def check_options(self, words: Sequence[str]) -> None:
        """End with an error for the first option that is unknown, before anything else is said about the words."""
        known = [name for action in self._actions for name in action.option_strings]
        for word in words:
            if word == "--":
                return
            name = word.partition("=")[0]
            if name.startswith("--") and not any(option.startswith(name) for option in known):
                self.error(f"unknown option {name}{suggest(name, known)}")

    def print_help(self, file: IO[str] | None = None) -> None:  # type: ignore[override]  # typeshed: a protocol of its own
        stream = sys.stdout if file is None else file
        text = self.format_help()
        if wants_colour(stream):
            text = _OPTION.sub(lambda match: match[1] + paint(match[2], "cyan", stream), text)
            text = _HEADING.sub(lambda match: paint(match[0], "bold", stream), text)
        stream.write(text)

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        print(f"{self.prog}: {paint('error', 'red', sys.stderr)}: {message}", file=sys.stderr)
        self.exit(2)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            choices = [str(choice) for choice in action.choices]
            message = f"invalid choice: {value!r}{suggest(str(value), choices)} (choose from {', '.join(choices)})"
            raise argparse.ArgumentError(action, message)


def suggest(word: str, known: Iterable[str]) -> str:
    """`, did you mean X?` with the nearest known word, or nothing."""
    nearest = get_close_matches(word, list(known), n=1)
    return f", did you mean {nearest[0]}?" if nearest else ""


def build_parser() -> tuple[Parser, dict[str, Parser]]:
    """The parser of all words, and that of each command by its name."""
    parser = Parser(prog="entrepot", description="A commerce backend as one federated GraphQL graph.", epilog=_EPILOG)
    parser.add_argument("--version", action="version", version=describe_version(), help="print the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands", required=True)
    subparsers: dict[str, Parser] = {}
    for name, command in COMMANDS.items():
        subparser = commands.add_parser(
            name,
            help=command.help,
            description=f"{command.help[0].upper()}{command.help[1:]}.",
            epilog=_show_examples(command.examples),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.configure(subparser)
        subparsers[name] = subparser
    return parser, subparsers


def describe_version() -> str:
    """The version of Entrepot and that of Python."""
    return f"entrepot {read_version()} (Python {python_version()})"


def _show_examples(examples: Sequence[str]) -> str | None:
    return "\n".join(["examples:", *(f"  {example}" for example in examples)]) if examples else None
