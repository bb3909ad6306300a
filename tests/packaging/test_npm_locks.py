"""npm installs what package-lock.json says, whatever has been released since."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.support.node import need_node
from tests.support.tree import ROOT

LOCKS = sorted(path for path in ROOT.glob("**/package-lock.json") if "node_modules" not in path.parts)
PINNED, NEWER = "1.0.0", "1.1.0"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: str(path.parent.relative_to(ROOT)))
def test_a_lock_pins_and_hashes_everything_and_names_no_address(lock: Path) -> None:
    packages = json.loads(lock.read_text())["packages"]
    loose = [path for path, entry in packages.items() if path and not ("version" in entry and "integrity" in entry)]
    assert loose == []
    assert "resolved" not in lock.read_text()
    wanted = packages[""].get("dependencies", {}) | packages[""].get("devDependencies", {})
    assert {name: version for name, version in wanted.items() if not version[0].isdigit()} == {}, "exact versions"


class Registry:
    """One package of npm, `parcel`, in two versions, as the server on that port of this machine gives it away."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.archives = {version: _pack(version) for version in (PINNED, NEWER)}

    def integrity(self, version: str) -> str:
        return "sha512-" + base64.b64encode(hashlib.sha512(self.archives[version]).digest()).decode()

    def describe(self) -> bytes:
        versions = {
            version: {
                "name": "parcel",
                "version": version,
                "dist": {"tarball": f"{self.address}/parcel-{version}.tgz", "integrity": self.integrity(version)},
            }
            for version in self.archives
        }
        return json.dumps({"name": "parcel", "dist-tags": {"latest": NEWER}, "versions": versions}).encode()


def _pack(version: str) -> bytes:
    content = json.dumps({"name": "parcel", "version": version}).encode()
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        entry = tarfile.TarInfo("package/package.json")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(raw.getvalue(), mtime=0)


@contextmanager
def serve() -> Iterator[Registry]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.rsplit("/", 1)[-1]
            body = registry.describe() if name == "parcel" else registry.archives[name[len("parcel-") : -len(".tgz")]]
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    registry = Registry(server.server_port)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield registry
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def registry() -> Iterator[Registry]:
    with serve() as registry:
        yield registry


def write_project(folder: Path, registry: Registry, wanted: str) -> None:
    manifest = {"name": "project", "version": "1.0.0", "dependencies": {"parcel": wanted}}
    locked = {"version": PINNED, "integrity": registry.integrity(PINNED)}
    lock = {"name": "project", "version": "1.0.0", "lockfileVersion": 3, "requires": True}
    (folder / "package.json").write_text(json.dumps(manifest))
    (folder / "package-lock.json").write_text(
        json.dumps({**lock, "packages": {"": manifest, "node_modules/parcel": locked}})
    )
    (folder / ".npmrc").write_text((ROOT / "router" / "explorer" / ".npmrc").read_text())


def install(folder: Path, registry: Registry) -> subprocess.CompletedProcess[str]:
    need_node()
    environment = {
        **os.environ,
        "npm_config_registry": registry.address,
        "npm_config_cache": str(folder / "cache"),
        "npm_config_fetch_retries": "0",
    }
    command = [str(ROOT / "scripts" / "npm-packages"), str(folder)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def read_installed(folder: Path) -> str:
    version: str = json.loads((folder / "node_modules" / "parcel" / "package.json").read_text())["version"]
    return version


@pytest.mark.node
def test_a_newer_release_in_the_range_is_not_taken(tmp_path: Path, registry: Registry) -> None:
    write_project(tmp_path, registry, "^1.0.0")
    done = install(tmp_path, registry)
    assert done.returncode == 0, done.stderr
    assert read_installed(tmp_path) == PINNED


@pytest.mark.node
def test_a_manifest_that_its_lock_does_not_fit_is_refused(tmp_path: Path, registry: Registry) -> None:
    write_project(tmp_path, registry, "^1.0.0")
    manifest = json.loads((tmp_path / "package.json").read_text())
    (tmp_path / "package.json").write_text(json.dumps({**manifest, "dependencies": {"parcel": "^1.1.0"}}))
    done = install(tmp_path, registry)
    assert done.returncode == 1
    assert "npm could not install" in done.stderr
    assert not (tmp_path / "node_modules" / ".lock").exists()
