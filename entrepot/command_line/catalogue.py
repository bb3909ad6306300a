"""The commands as data: what each does, its options, the function that runs it, and the extra that it needs."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from entrepot.command_line import deployment_options, options

Configure = Callable[[argparse.ArgumentParser], None]


@dataclass(frozen=True, slots=True)
class Command:
    """`run` is `module:function`, imported when the command runs; `extra` is what must be installed for that."""

    help: str
    configure: Configure
    run: str
    extra: str
    examples: tuple[str, ...] = ()


_SERVERS: Final = "router,commerce,postgres,redis,kafka"

COMMANDS: Final = {
    "dev": Command(
        "run the whole shop in this process, with demo data",
        options.add_dev_options,
        "entrepot.commands.dev:run",
        "router,commerce",
        ("entrepot dev", "entrepot dev --port 4100 --config router.yaml"),
    ),
    "serve": Command(
        "run the whole shop in this process on PostgreSQL, for production",
        deployment_options.add_serve_options,
        "entrepot.commands.serve:run",
        "router,commerce,postgres",
        ("entrepot serve --database-url postgresql://:PASSWORD@127.0.0.1:5432",),
    ),
    "router": Command(
        "serve a supergraph",
        options.add_router_options,
        "entrepot.commands.router:run",
        "router",
        (
            "entrepot router --supergraph supergraph.graphql",
            "entrepot router --config router.yaml --print-config",
            "entrepot router --supergraph-config supergraph.yaml --watch",
        ),
    ),
    "new": Command(
        "write the files of a new subgraph into a clone of the repository",
        options.add_new_options,
        "entrepot.commands.new:run",
        "router,commerce",
        ("entrepot new subgraph shipping --entity Shipment",),
    ),
    "compose": Command(
        "compose subgraphs into a supergraph",
        options.add_compose_options,
        "entrepot.commands.compose:run_compose",
        "router",
        (
            "entrepot compose --config supergraph.yaml --output supergraph.graphql",
            "entrepot compose --output supergraph.graphql --watch",
            "entrepot compose --config - < supergraph.yaml",
        ),
    ),
    "check": Command(
        "compare two versions of a graph, and say what breaks for clients",
        options.add_check_options,
        "entrepot.commands.check:run",
        "router",
        (
            "entrepot check --base origin/main",
            "entrepot check --base origin/main --operations schema/operations --contract storefront=-staff,-operations",
            "entrepot check --base v1.4.0 --format sarif --output check.sarif",
        ),
    ),
    "plan": Command(
        "print the query plan of an operation",
        options.add_plan_options,
        "entrepot.commands.plan_tools:run_plan",
        "router",
        (
            "entrepot plan --supergraph supergraph.graphql operation.graphql",
            "echo '{ me { name } }' | entrepot plan --supergraph supergraph.graphql -",
        ),
    ),
    "subgraph": Command(
        "serve subgraphs in a process of their own",
        deployment_options.add_process_options,
        "entrepot.commands.processes:run_subgraph",
        _SERVERS,
        ("entrepot subgraph catalog inventory --port 4001",),
    ),
    "worker": Command(
        "run the background work of subgraphs: events and jobs",
        deployment_options.add_process_options,
        "entrepot.commands.processes:run_worker",
        _SERVERS,
        ("entrepot worker orders --port 4002",),
    ),
    "create-databases": Command(
        "create a database and a role for each subgraph",
        deployment_options.add_name_options,
        "entrepot.commands.deployment:run_databases",
        _SERVERS,
    ),
    "migrate": Command(
        "migrate the tables of subgraphs to the newest revision",
        deployment_options.add_name_options,
        "entrepot.commands.deployment:run_migrate",
        _SERVERS,
    ),
    "create-topics": Command(
        "create the topics in Kafka",
        deployment_options.add_no_options,
        "entrepot.commands.deployment:run_topics",
        _SERVERS,
    ),
    "seed": Command(
        "insert the demo data",
        deployment_options.add_seed_options,
        "entrepot.commands.deployment:run_seed",
        _SERVERS,
    ),
    "generate-keys": Command(
        "create the key pair with which routers sign the caller's identity",
        deployment_options.add_key_options,
        "entrepot.commands.deployment:run_keys",
        _SERVERS,
    ),
    "health": Command(
        "check whether a process is ready",
        deployment_options.add_health_options,
        "entrepot.commands.health:run",
        "router",
        ("entrepot health http://127.0.0.1:4000/health/ready",),
    ),
    "up": Command(
        "start the services of docker-compose.yml without containers",
        deployment_options.add_up_options,
        "entrepot.commands.up:run",
        "router",
        ("entrepot up --only router-1 --free-ports",),
    ),
    "rebuild": Command(
        "rebuild a read model from a snapshot, beside a running shop",
        deployment_options.add_rebuild_options,
        "entrepot.commands.rebuild:run",
        "router,commerce",
        (
            "entrepot rebuild orders.carts --data data",
            "entrepot rebuild carts.variants --distributed --restart",
        ),
    ),
    "erase-person": Command(
        "erase the personal data of one user from the databases of all subgraphs",
        deployment_options.add_erasure_options,
        "entrepot.commands.erasure:run",
        _SERVERS,
        ('entrepot erase-person usr_019a5b3c --actor usr_019a0001 --reason "request 4711"',),
    ),
    "audit": Command(
        "verify the audit logs, print or sign the heads of their chains",
        deployment_options.add_audit_options,
        "entrepot.commands.audit:run",
        "router,commerce",
        (
            "entrepot audit verify --data data",
            "entrepot audit head --database-url postgresql://:PASSWORD@127.0.0.1:5432 > heads.json",
            "entrepot audit verify orders payments --distributed --head heads.json",
        ),
    ),
    "dead-letters": Command(
        "list, retry, drop or export events that handlers failed to process",
        deployment_options.add_dead_letter_options,
        "entrepot.commands.dead_letters:run",
        "router,commerce",
        (
            "entrepot dead-letters list orders --data data",
            "entrepot dead-letters retry --distributed --type carts.cart.changed --older-than 3600",
            "entrepot dead-letters export --distributed --output letters.jsonl",
            "entrepot dead-letters drop orders --distributed --handler cart-changed --reason 'test data'",
        ),
    ),
    "sagas": Command(
        "pause sagas, shift their deadlines and resume them, after a restore",
        deployment_options.add_saga_options,
        "entrepot.commands.sagas:run",
        "router,commerce",
        (
            "entrepot sagas pause --distributed",
            "entrepot sagas shift-deadlines --distributed --by 3600",
            "entrepot sagas resume --distributed",
        ),
    ),
    "schema": Command(
        "write the SDL of the subgraphs and the schemas of the events",
        options.add_schema_options,
        "entrepot.commands.schema_tools:run_schema",
        "router,commerce",
        ("entrepot schema --check",),
    ),
    "completion": Command(
        "print a completion script for a shell",
        options.add_completion_options,
        "entrepot.commands.completion:run",
        "",
        ("source <(entrepot completion bash)", "entrepot completion fish | source"),
    ),
}
