"""Options of the commands that serve, compose and plan; this module imports nothing of the commands themselves."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from entrepot.command_line.numbers import read_count, read_percent
from entrepot.command_line.ports import read_port, read_seconds

LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
SHELLS: Final = ("bash", "zsh", "fish")
_FILE_OR_STDIN: Final = "`-` is standard input"


def add_dev_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", type=read_port, default=4000, help="port of the graph, 0 for any free one (default: %(default)s)"
    )
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help=f"settings of the router, YAML as for `entrepot router`, over those of dev; {_FILE_OR_STDIN}",
    )
    parser.add_argument(
        "--data", type=Path, default=Path("data"), metavar="DIR", help="folder of the data (default: ./data)"
    )
    parser.add_argument("--no-seed", action="store_true", help="start without demo data and demo logins")
    parser.add_argument(
        "--subgraphs-port",
        type=read_port,
        metavar="PORT",
        help="also serve each subgraph at http://HOST:PORT/NAME/graphql, for another router in front",
    )
    parser.add_argument(
        "--log-level",
        type=str.upper,
        choices=LOG_LEVELS,
        default="WARNING",
        help="lowest level that is logged (default: %(default)s)",
    )


def add_router_options(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--supergraph", metavar="FILE", help=f"supergraph to serve, SDL; {_FILE_OR_STDIN}")
    source.add_argument(
        "--supergraph-config",
        type=Path,
        metavar="FILE",
        help="subgraphs to compose and serve, YAML as for `entrepot compose`",
    )
    parser.add_argument(
        "--config", metavar="FILE", type=Path, help=f"configuration of the router, YAML; {_FILE_OR_STDIN}"
    )
    parser.add_argument("--host", help="address to listen on, instead of server.host")
    parser.add_argument("--port", type=read_port, help="port to listen on, 0 for any free one, instead of server.port")
    parser.add_argument(
        "--watch",
        action="store_true",
        help="with --supergraph-config: compose again when a file or the SDL of a running subgraph changes",
    )
    _add_introspection_options(parser)
    parser.add_argument(
        "--print-config", action="store_true", help="print the effective configuration, secrets masked, and exit"
    )


def add_check_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--base",
        required=True,
        metavar="VERSION",
        help="what to compare with: a git revision such as origin/main, a folder, a supergraph.yaml, or a supergraph",
    )
    parser.add_argument(
        "--head", metavar="VERSION", help="what to check, named as --base is (default: the files as they are now)"
    )
    parser.add_argument(
        "--config",
        type=Path,
        default=Path("supergraph.yaml"),
        metavar="FILE",
        help="the file that lists the subgraphs, in the base too (default: %(default)s)",
    )
    parser.add_argument(
        "--operations",
        action="append",
        default=[],
        metavar="PATH",
        help="operations of clients: a folder of .graphql files, a file, or a manifest; may be repeated. They are "
        "validated and planned on both versions, and what none of them uses breaks nobody",
    )
    parser.add_argument(
        "--contract",
        action="append",
        default=[],
        metavar="NAME=TAGS",
        help="also compare a contract, such as storefront=-staff,-operations; + includes a tag, - excludes it",
    )
    parser.add_argument("--approvals", type=Path, metavar="FILE", help="approved breaking changes by fingerprint, YAML")
    _add_usage_options(parser)
    parser.add_argument(
        "--grace-days",
        type=read_count,
        metavar="DAYS",
        help="removing what is deprecated for as long is not breaking; the reason says since when: `since 2026-08-01`",
    )
    parser.add_argument(
        "--events",
        type=Path,
        metavar="DIR",
        help="also compare event contracts: a folder of JSON Schemas beside --config",
    )
    parser.add_argument("--watch", action="store_true", help="check again whenever a file changes, until Ctrl+C")
    parser.add_argument(
        "--format",
        choices=("text", "json", "sarif", "junit", "markdown", "github", "changelog"),
        default="text",
        help="form of the report (default: %(default)s)",
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="file for the report (default: standard output)")
    parser.add_argument("--verbose", action="store_true", help="show safe changes too")
    _add_sdl_timeout(parser)


def _add_usage_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--traffic",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="access log of the router (JSON lines); may be repeated. Operations that it does not have are not in use",
    )
    parser.add_argument(
        "--traffic-days", type=read_count, metavar="DAYS", help="count the requests of the last days only"
    )
    parser.add_argument(
        "--minimum-requests",
        type=read_count,
        default=1,
        metavar="NUMBER",
        help="an operation is in use from so many requests on (default: %(default)s)",
    )
    parser.add_argument(
        "--minimum-percent",
        type=read_percent,
        default=0.0,
        metavar="PERCENT",
        help="an operation is in use from this share of all requests on (default: %(default)s)",
    )
    parser.add_argument(
        "--ignore-client",
        action="append",
        default=[],
        metavar="NAME",
        help="requests of this client do not count; may be repeated",
    )


def add_compose_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        type=Path,
        default=Path("supergraph.yaml"),
        metavar="FILE",
        help=f"subgraphs to compose, YAML (default: %(default)s); {_FILE_OR_STDIN}",
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="file for the supergraph (default: standard output, also `-`)"
    )
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="format of errors and hints (default: %(default)s)"
    )
    parser.add_argument(
        "--watch",
        action="store_true",
        help="compose again when a file or the SDL of a running subgraph changes, until Ctrl+C",
    )
    _add_introspection_options(parser)
    contract = parser.add_argument_group("contract", "what of the supergraph clients see; the router keeps all of it")
    contract.add_argument(
        "--include-tag", action="append", default=[], metavar="TAG", help="show only what has a tag; may be repeated"
    )
    contract.add_argument(
        "--exclude-tag", action="append", default=[], metavar="TAG", help="hide what has a tag; may be repeated"
    )
    contract.add_argument(
        "--keep-unreachable-types", action="store_true", help="also show types that no operation can reach"
    )


def add_plan_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--supergraph", type=Path, required=True, metavar="FILE", help=f"supergraph to plan for, SDL; {_FILE_OR_STDIN}"
    )
    parser.add_argument(
        "operation", type=Path, metavar="OPERATION", help=f"file of the GraphQL operation to plan; {_FILE_OR_STDIN}"
    )
    parser.add_argument("--operation-name", metavar="NAME", help="operation to plan, where the file has several")
    parser.add_argument(
        "--label", action="append", default=[], help="label of @override that is active; may be repeated"
    )
    parser.add_argument(
        "--format",
        choices=("text", "json", "mermaid"),
        default="text",
        help="format of the plan (default: %(default)s)",
    )
    parser.add_argument("--stages", action="store_true", help="print every stage of planning before the plan")


def add_schema_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--folder", type=Path, default=Path("schema"), metavar="DIR", help="folder to write to (default: %(default)s)"
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file is stale")


def add_new_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=("subgraph",), metavar="KIND", help="what to write: subgraph")
    parser.add_argument("name", metavar="NAME", help="name of the subgraph, such as shipping")
    parser.add_argument(
        "--entity", metavar="TYPE", help="type of its objects, such as Shipment (default: the name, capitalized)"
    )
    parser.add_argument(
        "--root", type=Path, default=Path(), metavar="DIR", help="root of the clone (default: the current folder)"
    )


def add_completion_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=f"one of {', '.join(SHELLS)}")


def _add_introspection_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--interval",
        type=read_seconds,
        default=1.0,
        metavar="SECONDS",
        help="with --watch: time between two looks at files and running subgraphs (default: %(default)s)",
    )
    _add_sdl_timeout(parser)


def _add_sdl_timeout(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sdl-timeout",
        type=read_seconds,
        default=5.0,
        metavar="SECONDS",
        help="time limit for fetching the SDL of a running subgraph (default: %(default)s)",
    )
