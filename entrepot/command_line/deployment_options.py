"""Options of the commands that deploy and operate the shop; this module imports nothing of the commands themselves."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from entrepot.command_line.ports import read_port, read_seconds
from entrepot.subgraphs.registry import SUBGRAPHS

COMPOSE_FILE: Final = Path(__file__).resolve().parents[2] / "docker-compose.yml"
_NAMES: Final = ", ".join(SUBGRAPHS)


def add_process_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="+", metavar="NAME", choices=SUBGRAPHS, help=f"one or more of {_NAMES}")
    parser.add_argument("--host", help="address to listen on (default: ENTREPOT_SERVER_HOST)")
    parser.add_argument(
        "--port", type=read_port, help="port to listen on, 0 for any free one (default: ENTREPOT_SERVER_PORT)"
    )


def add_serve_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--database-url",
        metavar="URL",
        help="PostgreSQL server, as postgresql://:PASSWORD@HOST:5432; each subgraph has its own role and database on "
        "it (`entrepot create-databases`; default: ENTREPOT_DATABASE_URL, or the file ENTREPOT_DATABASE_URL_FILE)",
    )
    parser.add_argument("--host", help="address to listen on (default: that of --config, else 127.0.0.1)")
    parser.add_argument("--port", type=read_port, help="port of the graph (default: that of --config, else 4000)")
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="folder of signing keys and archives, shared with the standby (default: ENTREPOT_SHOP_FOLDER or ./data)",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings of the router, YAML")


def add_name_options(parser: argparse.ArgumentParser) -> None:
    # No `choices`: argparse checks the empty list of a positional with `*` against them.
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {_NAMES} (default: all)")


def add_no_options(_parser: argparse.ArgumentParser) -> None:
    """The environment has all settings."""


def add_seed_options(parser: argparse.ArgumentParser) -> None:
    add_name_options(parser)
    parser.add_argument("--if-demo", action="store_true", help="do nothing unless ENTREPOT_SHOP_DEMO is true")


def add_key_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--private", type=Path, required=True, metavar="FILE", help="file of the private key, for routers, which sign"
    )
    parser.add_argument(
        "--public", type=Path, required=True, metavar="FILE", help="file of the public key, for subgraphs, which verify"
    )


def add_health_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", metavar="URL", help="URL to request, such as http://127.0.0.1:4001/health/ready")
    parser.add_argument("--ca-file", metavar="FILE", help="CAs that are trusted, PEM (default: those of the system)")
    parser.add_argument("--cert-file", metavar="FILE", help="client certificate for a server that demands one, PEM")
    parser.add_argument("--key-file", metavar="FILE", help="its private key, PEM (default: in --cert-file)")


def add_up_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--file", type=Path, default=COMPOSE_FILE, metavar="FILE", help="compose file (default: that of the clone)"
    )
    parser.add_argument(
        "--data", type=Path, default=Path("data/up"), metavar="DIR", help="volumes and logs (default: ./data/up)"
    )
    parser.add_argument(
        "--only", action="append", default=[], metavar="SERVICE", help="this service and what it needs; may be repeated"
    )
    parser.add_argument(
        "--scale",
        action="append",
        default=[],
        metavar="NAME=COUNT",
        help="start only COUNT of the services NAME-1, NAME-2, ...; may be repeated",
    )
    parser.add_argument(
        "--env-file", type=Path, metavar="FILE", help="file of variables (default: .env beside the compose file)"
    )
    parser.add_argument("--free-ports", action="store_true", help="use any free ports; DIR/variables.env lists them")


def add_rebuild_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="SUBGRAPH.MODEL", help="read model to rebuild, such as orders.carts")
    parser.add_argument(
        "--data", type=Path, default=Path("data"), metavar="DIR", help="folder of the shop's data (default: ./data)"
    )
    parser.add_argument(
        "--database-url", metavar="URL", help="PostgreSQL server instead, as in `entrepot serve --database-url`"
    )
    parser.add_argument(
        "--distributed", action="store_true", help="use the database of the subgraph that ENTREPOT_* names instead"
    )
    parser.add_argument(
        "--restart", action="store_true", help="begin again, also when a rebuild of the model is under way"
    )


def add_erasure_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("user", metavar="USER_ID", help="the user whose data is erased")
    parser.add_argument("--actor", required=True, metavar="ID", help="who erases, for the audit log: the id of a user")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why, for the audit log; no personal data")


def add_audit_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "task",
        metavar="TASK",
        choices=("verify", "head", "sign"),
        help="verify: check all entries and links, exit with 1 when something was changed; head: print the heads as "
        "JSON, to keep them outside the database; sign: verify, then sign the heads with a new key",
    )
    add_name_options(parser)
    parser.add_argument(
        "--data", type=Path, default=Path("data"), metavar="DIR", help="folder of the shop's data (default: ./data)"
    )
    parser.add_argument(
        "--database-url", metavar="URL", help="PostgreSQL server instead, as in `entrepot serve --database-url`"
    )
    parser.add_argument("--distributed", action="store_true", help="use the databases that ENTREPOT_* names instead")
    parser.add_argument(
        "--head", type=Path, metavar="FILE", help="verify: the chains must contain these heads, printed earlier"
    )


def add_dead_letter_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "task",
        metavar="TASK",
        choices=("list", "retry", "drop", "export"),
        help="list: print them; retry: have workers pass them to their handlers again, and wait for that, exit with 1 "
        "when some are left; drop: decide that they are not needed; export: write them as JSON, one per line",
    )
    add_name_options(parser)
    parser.add_argument("--type", metavar="TYPE", help="type of the event, such as orders.order.placed")
    parser.add_argument("--handler", metavar="NAME", help="handler that failed")
    parser.add_argument("--subject", metavar="ID", help="aggregate of the event")
    parser.add_argument(
        "--older-than", type=read_seconds, metavar="SECONDS", help="only those whose last failure is longer ago"
    )
    parser.add_argument(
        "--newer-than", type=read_seconds, metavar="SECONDS", help="only those whose last failure is more recent"
    )
    parser.add_argument("--reason", metavar="TEXT", help="why, for the audit log; drop needs it")
    parser.add_argument("--no-wait", action="store_true", help="retry: do not wait for the workers")
    parser.add_argument("--output", type=Path, metavar="FILE", help="export: file to write (default: standard output)")
    parser.add_argument(
        "--data", type=Path, default=Path("data"), metavar="DIR", help="folder of the shop's data (default: ./data)"
    )
    parser.add_argument(
        "--database-url", metavar="URL", help="PostgreSQL server instead, as in `entrepot serve --database-url`"
    )
    parser.add_argument("--distributed", action="store_true", help="use the databases that ENTREPOT_* names instead")


def add_saga_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "task",
        metavar="TASK",
        choices=("pause", "shift-deadlines", "resume"),
        help="pause: let no step of a saga time out until `resume`; shift-deadlines: give steps that wait for a reply "
        "more time; resume: let deadlines count again",
    )
    add_name_options(parser)
    parser.add_argument("--by", type=read_seconds, metavar="SECONDS", help="shift-deadlines: how much later")
    parser.add_argument(
        "--reason", metavar="TEXT", default="restore", help="why, for the audit log (default: %(default)s)"
    )
    parser.add_argument(
        "--data", type=Path, default=Path("data"), metavar="DIR", help="folder of the shop's data (default: ./data)"
    )
    parser.add_argument(
        "--database-url", metavar="URL", help="PostgreSQL server instead, as in `entrepot serve --database-url`"
    )
    parser.add_argument("--distributed", action="store_true", help="use the databases that ENTREPOT_* names instead")
