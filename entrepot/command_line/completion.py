"""Completion scripts for bash, zsh and fish, made from the parsers, so that they know what this version accepts."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from entrepot.command_line.catalogue import COMMANDS
from entrepot.command_line.parser import Parser, build_parser


@dataclass(frozen=True, slots=True)
class _Word:
    """An option or positional: `choices` are its values, `is_file` whether they are paths, `is_flag` if it has none."""

    names: tuple[str, ...]
    help: str
    choices: tuple[str, ...]
    is_file: bool
    is_flag: bool


def print_completion(shell: str) -> str:
    """The script for `bash`, `zsh` or `fish`."""
    _, parsers = build_parser()
    words = {name: list(_list_words(parser)) for name, parser in parsers.items()}
    return _PRINTERS[shell](words)


def _list_words(parser: Parser) -> Iterator[_Word]:
    for action in parser.options:
        help_text = (action.help or "") % {"default": action.default} if action.help else ""
        yield _Word(
            tuple(action.option_strings),
            help_text,
            tuple(map(str, action.choices)) if action.choices else (),
            action.type is Path or action.metavar == "FILE",
            isinstance(action, argparse._HelpAction) or action.nargs == 0,  # noqa: SLF001 - argparse has no other name
        )


def _print_bash(words: Mapping[str, Sequence[_Word]]) -> str:
    cases = []
    for command, options in words.items():
        names = [name for word in options for name in word.names]
        values = [
            f"      {'|'.join(word.names)}) {_reply_bash(word.choices)}; return ;;"
            for word in options
            if word.names and word.choices
        ]
        plain = "|".join(
            name for word in options if not (word.is_flag or word.is_file or word.choices) for name in word.names
        )
        if plain:
            values.append(f"      {plain}) COMPREPLY=(); return ;;")
        files = "|".join(name for word in options if word.is_file for name in word.names)
        if files:
            values.append(f'      {files}) COMPREPLY=($(compgen -f -- "$current")); return ;;')
        positional = next((word for word in options if not word.names), None)
        if positional is None:
            other = ":"
        elif positional.choices:
            other = _reply_bash(positional.choices)
        else:
            other = 'COMPREPLY=($(compgen -f -- "$current"))' if positional.is_file else ":"
        cases += [
            f"    {command})",
            '      case "$previous" in',
            *(line.replace("      ", "        ", 1) for line in values),
            "      esac",
            f'      if [[ "$current" == -* ]]; then {_reply_bash(names)}; else {other}; fi',
            "      ;;",
        ]
    return "\n".join(
        [
            "# Completion of entrepot for bash: source <(entrepot completion bash)",
            "_entrepot() {",
            '  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"',
            "  COMPREPLY=()",
            "  if (( COMP_CWORD == 1 )); then",
            f"    {_reply_bash([*words, '--help', '--version'])}",
            "    return",
            "  fi",
            '  case "${COMP_WORDS[1]}" in',
            *cases,
            "  esac",
            "}",
            "complete -o filenames -F _entrepot entrepot",
            "",
        ]
    )


def _reply_bash(words: Sequence[str]) -> str:
    return f'COMPREPLY=($(compgen -W "{" ".join(words)}" -- "$current"))'


def _print_zsh(words: Mapping[str, Sequence[_Word]]) -> str:
    cases = []
    for command, options in words.items():
        specs = [spec for word in options for spec in _specify_zsh(word)]
        cases += [
            f"    {command})",
            "      _arguments \\",
            " \\\n".join(f"        {spec}" for spec in specs),
            "      ;;",
        ]
    commands = [f"    {_quote(f'{name}:{_escape_zsh(COMMANDS[name].help)}')}" for name in words]
    return "\n".join(
        [
            "#compdef entrepot",
            "# Completion of entrepot for zsh: entrepot completion zsh > a folder of $fpath, as _entrepot",
            "_entrepot() {",
            "  local -a commands",
            "  commands=(",
            *commands,
            "  )",
            "  if (( CURRENT == 2 )); then",
            "    _describe 'command' commands",
            "    _arguments '--help[show the help]' '--version[print the version and exit]'",
            "    return",
            "  fi",
            "  local command=$words[2]",
            "  shift words",
            "  (( CURRENT-- ))",
            "  case $command in",
            *cases,
            "  esac",
            "}",
            'if [[ "$funcstack[1]" == _entrepot ]]; then _entrepot "$@"; else compdef _entrepot entrepot; fi',
            "",
        ]
    )


def _specify_zsh(word: _Word) -> Iterator[str]:
    values = f"({' '.join(word.choices)})" if word.choices else "_files" if word.is_file else " "
    if not word.names:
        yield _quote(f"*:{_escape_zsh(word.help)}:{values}")
    for name in word.names:
        argument = "" if word.is_flag else f":value:{values}"
        yield _quote(f"*{name}[{_escape_zsh(word.help)}]{argument}")


def _print_fish(words: Mapping[str, Sequence[_Word]]) -> str:
    lines = [
        "# Completion of entrepot for fish: entrepot completion fish > ~/.config/fish/completions/entrepot.fish",
        "complete -c entrepot -f",
        "complete -c entrepot -n __fish_use_subcommand -l help -d 'show the help'",
        "complete -c entrepot -n __fish_use_subcommand -l version -d 'print the version and exit'",
    ]
    for command, options in words.items():
        lines.append(
            f"complete -c entrepot -n __fish_use_subcommand -a {command} -d {_quote(COMMANDS[command].help, fish=True)}"
        )
        condition = f"complete -c entrepot -n '__fish_seen_subcommand_from {command}'"
        for word in options:
            values = f" -a '{' '.join(word.choices)}'" if word.choices else " -F" if word.is_file else ""
            described = f" -d {_quote(word.help, fish=True)}"
            if not word.names:
                lines += [f"{condition}{values}{described}"] if values else []
                continue
            names = "".join(f" -l {name[2:]}" if name.startswith("--") else f" -s {name[1:]}" for name in word.names)
            lines.append(f"{condition}{names}{_require_fish(word)}{values}{described}")
    return "\n".join([*lines, ""])


def _require_fish(word: _Word) -> str:
    """Whether a value follows, and whether it can be a file."""
    return "" if word.is_flag else " -r" if word.is_file else " -x"


def _escape_zsh(text: str) -> str:
    return "".join(f"\\{character}" if character in "[]:\\" else character for character in text)


def _quote(text: str, *, fish: bool = False) -> str:
    """The text in single quotes, for a shell as POSIX has it or for fish."""
    if fish:
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return "'" + text.replace("'", "'\\''") + "'"


_PRINTERS: Final[Mapping[str, Callable[[Mapping[str, Sequence[_Word]]], str]]] = {
    "bash": _print_bash,
    "zsh": _print_zsh,
    "fish": _print_fish,
}
