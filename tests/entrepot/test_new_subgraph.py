"""`entrepot new subgraph`: what it writes composes, migrates, boots and answers, and it touches nothing else."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from entrepot.scaffolding.names import NameRefused, Names, read_names
from entrepot.scaffolding.subgraph import write_subgraph
from tests.support.clock import ManualClock
from tests.support.servers import free_port
from tests.support.tree import ROOT

SHIPPING: Final = Names("shipping", "Shipment")
ADMIN: Final = {"email": "admin@example.com", "password": "a-long-password-1"}
LOG_IN: Final = "mutation ($input: LoginInput!) { login(input: $input) { accessToken errors { __typename } } }"
CREATE: Final = """mutation { createShipment(input: { name: "first", idempotencyKey: "key" }) {
  shipment { id name status } errors { ... on UserError { code } } } }"""
READY: Final = "{ shipments(first: 5, status: READY) { edges { node { name } } } }"


class TestNames:
    @pytest.mark.parametrize(
        ("entity", "singular", "plural"),
        [
            ("Shipment", "shipment", "shipments"),
            ("WorkOrder", "work_order", "work_orders"),
            ("Delivery", "delivery", "deliveries"),
            ("Box", "box", "boxes"),
            ("Key", "key", "keys"),
        ],
    )
    def test_forms(self, entity: str, singular: str, plural: str) -> None:
        names = read_names("shipping", entity)
        assert (names.singular, names.plural) == (singular, plural)

    @pytest.mark.parametrize(
        ("name", "entity", "said"),
        [
            ("Shipping", "Shipment", "lower-case letters and digits"),
            ("9lives", "Cat", "a letter first"),
            ("work_orders", "WorkOrder", "such as shipping"),
            ("x" * 25, "Thing", "2 to 24"),
            ("../up", "Thing", "'../up'"),
            ("lambda", "Thing", "means something else"),
            ("router", "Thing", "means something else"),
            ("shipping", "shipment", "capitalized words"),
            ("shipping", "SHIPMENT", "capitalized words"),
            ("shipping", "Lambda", "Name one object of it"),
            ("shipping", None, "Name one object of it with --entity"),
        ],
    )
    def test_refused(self, name: str, entity: str | None, said: str) -> None:
        with pytest.raises(NameRefused) as refused:
            read_names(name, entity)
        assert said in refused.value.message


class TestWriting:
    @pytest.mark.parametrize(
        ("names", "said"),
        [
            (Names("orders", "Shipment"), "There is a subgraph 'orders' already"),
            (Names("shipping", "Order"), "The graph has 'Order' already"),
            (Names("shipping", "CartLine"), "The graph has 'CartLine' already"),
            (Names("dead", "Shipment"), "shared/events/contracts/dead.py exists already"),
        ],
    )
    def test_what_is_taken_is_refused_and_nothing_is_written(self, tmp_path: Path, names: Names, said: str) -> None:
        for path in ("subgraphs/registry.py", "schema/supergraph.graphql"):
            (tmp_path / path).parent.mkdir(parents=True)
            shutil.copy(ROOT / path, tmp_path / path)
        contract = tmp_path / "shared" / "events" / "contracts" / "dead.py"
        contract.parent.mkdir(parents=True)
        contract.touch()
        before = read_tree(tmp_path)
        with pytest.raises(NameRefused) as refused:
            write_subgraph(tmp_path, names, ManualClock())
        assert said in refused.value.message
        assert read_tree(tmp_path) == before

    def test_elsewhere_than_in_a_clone(self, tmp_path: Path) -> None:
        with pytest.raises(NameRefused, match="not a clone of the repository"):
            write_subgraph(tmp_path, SHIPPING, ManualClock())


def read_tree(root: Path) -> dict[str, str]:
    """Every file below the folder with its digest."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def call(root: Path, *words: str) -> None:
    done = subprocess.run(
        [sys.executable, *words],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository with the new subgraph, and all that is written from the registry."""
    root = tmp_path_factory.mktemp("clone")
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        source, target = ROOT / name, root / name
        if source.exists() or source.is_symlink():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    before = read_tree(root)
    call(root, "-m", "entrepot", "new", "subgraph", "shipping", "--entity", "Shipment")
    after = read_tree(root)
    assert {name for name in before if before[name] != after.get(name)} == {"subgraphs/registry.py"}
    assert {
        name
        for name in after.keys() - before.keys()
        if not name.startswith(("subgraphs/shipping/", "tests/subgraphs/shipping/"))
    } == {"shared/events/contracts/shipping.py"}
    call(root, "scripts/deployment")
    call(root, "-m", "entrepot", "schema")
    call(root, "-m", "entrepot", "compose", "--output", "schema/supergraph.graphql")
    contract = ["--exclude-tag", "operations", "--exclude-tag", "staff", "--output", "schema/storefront.graphql"]
    call(root, "-m", "entrepot", "compose", *contract)
    call(root, "-m", "entrepot.docs_generation.reference")
    return root


def test_its_own_tests_pass(copy: Path) -> None:
    call(copy, "-m", "pytest", "-q", "tests/subgraphs/shipping")


def test_its_tables_are_what_its_models_say(copy: Path) -> None:
    call(copy, "-m", "pytest", "-q", "tests/shared/db/test_migrations.py", "-k", "shipping")


def test_it_is_formatted_and_linted(copy: Path) -> None:
    call(copy, "-m", "ruff", "format", "--check", ".")
    call(copy, "-m", "ruff", "check", ".")


@pytest.mark.long
def test_types_and_import_layers_hold(copy: Path) -> None:
    call(copy, "-m", "mypy")
    call(copy, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()")


@pytest.mark.long
def test_the_rules_of_the_repository_hold(copy: Path) -> None:
    """All but those of licences, which ask the environment of the clone."""
    call(copy, "-m", "pytest", "-q", "tests/architecture", "--ignore=tests/architecture/test_audit.py")
    call(copy, "-m", "pytest", "-q", "tests/deploy", "tests/shared/auth", "tests/entrepot/test_invalidation.py")


@contextmanager
def boot(root: Path, data: Path) -> Iterator[str]:
    """The shop of the copy with its admin; the URL of its graph."""
    port = free_port()
    environ = {
        "PYTHONPATH": str(root),
        "ENTREPOT_ACCOUNTS_FIRST_ADMIN_EMAIL": ADMIN["email"],
        "ENTREPOT_ACCOUNTS_FIRST_ADMIN_PASSWORD": ADMIN["password"],
    }
    words = ["-m", "entrepot", "dev", "--no-seed", "--port", str(port), "--data", str(data)]
    process = subprocess.Popen([sys.executable, *words], cwd=root, env={**os.environ, **environ})
    try:
        yield f"http://127.0.0.1:{port}/graphql"
    finally:
        process.terminate()
        process.wait(20)


def ask(url: str, query: str, token: str | None = None, **variables: Any) -> Any:
    headers = {"content-type": "application/json", "accept": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    body = json.dumps({"query": query, "variables": variables}).encode()
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=10) as answer:  # noqa: S310 - ours
        return json.load(answer)


def wait_for(read: Any) -> Any:
    """What `read` answers as soon as it is something; it may fail until then."""
    for _ in range(150):
        try:
            found = read()
        except (OSError, KeyError, TypeError):
            found = None
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError("It did not come within 30 seconds.")


def test_it_boots_and_answers_in_one_graph(copy: Path, tmp_path: Path) -> None:
    with boot(copy, tmp_path / "data") as url:
        token = wait_for(lambda: ask(url, LOG_IN, input=ADMIN)["data"]["login"]["accessToken"])
        created = ask(url, CREATE, token)
        assert created["data"]["createShipment"]["errors"] == []
        assert created["data"]["createShipment"]["shipment"]["name"] == "first"
        assert ask(url, CREATE, token)["data"] == created["data"]
        ready = wait_for(lambda: ask(url, READY, token)["data"]["shipments"]["edges"])
        assert ready == [{"node": {"name": "first"}}]
        refused = ask(url, CREATE)
        assert refused["errors"][0]["extensions"]["code"] in ("UNAUTHENTICATED", "UNAUTHORIZED_FIELD_OR_TYPE")
