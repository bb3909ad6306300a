"""The page of docs/ about the command line: every command with its options, written from the parsers."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Final

from entrepot.command_line.catalogue import COMMANDS, Command
from entrepot.command_line.deployment_options import COMPOSE_FILE
from entrepot.command_line.parser import Parser, build_parser
from entrepot.wiring.dev_settings import LOOPBACK_ORIGINS, REFUSED

_INTRODUCTION: Final = """\
# The command line

Made from the code by `scripts/docs`; change the code instead of this page.

`entrepot COMMAND` is installed with the package; `python -m entrepot COMMAND` is the same. In a clone it is
`.venv/bin/entrepot`. `entrepot --version` prints the version, `entrepot COMMAND --help` the options of a command, also
where the extra that the command needs is not installed.

## Exit status

| status | meaning |
| --- | --- |
| 0 | The command did what it says. |
| 1 | It failed; one line on standard error, `entrepot COMMAND: CODE: message`. [Codes](errors.md). `--check` found \
something stale, or `health` got no 200. |
| 2 | The words cannot be understood, or there are none. |
| 130 | Interrupted by Ctrl+C before it was done. |
| 143 | `router --supergraph-config` was ended by SIGTERM. |

## Input, output, colours

`-` in the place of a file is standard input, or standard output for `--output`; only one option can be standard input.
Results go to standard output, everything else to standard error. Output is coloured on a terminal; `NO_COLOR` turns
colours off and `FORCE_COLOR` turns them on. Mistakes in YAML are reported with file, line, column and the path of the
key, mistakes in SDL with file, line, column and the line itself.

## Completion

`entrepot completion SHELL` prints a script of commands, options and their values.

    source <(entrepot completion bash)                                          # in ~/.bashrc
    source <(entrepot completion zsh)                                           # in ~/.zshrc, after compinit
    entrepot completion fish > ~/.config/fish/completions/entrepot.fish

## Your own subgraphs

`supergraph.yaml` lists subgraphs; the SDL comes from a file, or from a running subgraph by `{ _service { sdl } }`:

    federation_version: =2.9          # 1, 2 or up to =2.14; what a subgraph links decides what it may use
    subgraphs:
      books:
        routing_url: http://127.0.0.1:5001/graphql
        schema:
          file: books.graphql         # relative to this file
      reviews:
        routing_url: http://127.0.0.1:5002/graphql
        schema:
          subgraph_url: http://127.0.0.1:5002/graphql
          introspection_headers:      # optional
            authorization: Bearer ${REVIEWS_TOKEN}

Without `routing_url` the subgraph is served at its `subgraph_url`; without `schema` the SDL comes from `routing_url`.
A subgraph with neither URL composes with the hint `ROUTING_URL_MISSING`, and a router needs its URL from
`override_subgraph_urls` or `ENTREPOT_SUBGRAPH_<NAME>_URL`. URLs begin with `http://` or `https://`.

`entrepot router --supergraph-config supergraph.yaml --watch` is the loop of development: it composes, serves, looks at
the files and the running subgraphs every `--interval` seconds, and takes a changed schema over without losing a
request. What does not compose is printed, and the last supergraph stays in service. `entrepot compose --watch` writes
the supergraph for another router in the same way.

## A frontend on another port

On loopback, `entrepot dev` answers pages of {origins}:
CORS for HTTP, server-sent events and WebSockets, with credentials. `--config` can name other origins by `cors.origins`,
then without credentials unless `cors.allow_credentials` is set. Pages of other origins are refused.
For `entrepot router` set `cors: {{origins: ["http://localhost:*"]}}`, where `:*` is any port.

`entrepot dev --config FILE` takes [the configuration of the router](configuration.md) over the settings of dev, key by
key. It refuses these keys:

{refused}"""


def print_command_line_page() -> str:
    """The page, as Markdown."""
    _, parsers = build_parser()
    refused = _table(("key", "instead"), [(f"`{'.'.join(map(str, path))}`", text) for path, text in REFUSED.items()])
    origins = ", ".join(f"`{origin}`" for origin in LOOPBACK_ORIGINS)
    introduction = _INTRODUCTION.replace("{origins}", origins).replace("{refused}", refused)
    introduction = introduction.replace("{{", "{").replace("}}", "}")
    sections = [_print_command(name, command, parsers[name]) for name, command in COMMANDS.items()]
    return "\n\n".join([introduction, *sections]) + "\n"


def _print_command(name: str, command: Command, parser: Parser) -> str:
    needs = f" Needs the extra `{command.extra}`." if command.extra else ""
    parts = [f"## entrepot {name}", f"{command.help[0].upper()}{command.help[1:]}.{needs}"]
    rows = [
        (_print_names(action), _print_help(action)) for action in parser.options if action.dest != argparse.SUPPRESS
    ]
    parts.append(_table(("option", "meaning"), [row for row in rows if row[0] != "`-h`, `--help`"]) if rows[1:] else "")
    if command.examples:
        parts.append("\n".join(f"    {example}" for example in command.examples))
    return "\n\n".join(part for part in parts if part)


def _print_names(action: argparse.Action) -> str:
    value = action.metavar or ("" if action.nargs == 0 else action.dest.upper())
    if action.choices and not action.metavar:
        value = "{" + ",".join(map(str, action.choices)) + "}"
    if not action.option_strings:
        return f"`{value}{' ...' if action.nargs in ('*', '+') else ''}`"
    return ", ".join(
        f"`{name}{' ' if value and action.nargs != 0 else ''}{value if action.nargs != 0 else ''}`"
        for name in action.option_strings
    )


def _print_help(action: argparse.Action) -> str:
    default = "docker-compose.yml" if action.default == COMPOSE_FILE else action.default
    text = (action.help or "") % {"default": default}
    required = " (required)" if action.required and action.option_strings else ""
    return f"{text}{required}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines)
