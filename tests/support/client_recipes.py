"""The recipes of docs/clients.md as a project of its own: code generated, types checked, bundled, run."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.node import NodeClient, need_client
from tests.support.tree import ROOT

RECIPES = ROOT / "tests" / "clients" / "typed"
_COPIED = ("src", "drive", "codegen.ts", "tsconfig.json", "relay.config.json", "package.json", "bundle.mjs")
_SECONDS = 120


@dataclass(frozen=True)
class RecipeProject:
    """A folder with the recipes, `schema/` and the installed packages, as a reader of the page would have it."""

    client: NodeClient
    folder: Path

    @property
    def codegen_manifest(self) -> Path:
        return self.folder / "src" / "gql" / "persisted-documents.json"

    @property
    def relay_manifest(self) -> Path:
        return self.folder / "persisted-queries.json"

    def build(self) -> None:
        """Each step as the page names it; fails with what the tool says."""
        self.relay_manifest.write_text("{}")
        self.call_tool("graphql-codegen", "--config", "codegen.ts")
        self.call_tool("gql.tada", "generate-output")
        self.call_tool("relay-compiler")
        self.call_tool("tsc", "--project", ".")
        self._call(self.client.command("bundle.mjs"))

    def run(self, case: str, **options: Any) -> Any:
        """What a case of `drive/main.ts` printed."""
        return json.loads(self._call(self.client.command("build/main.mjs", json.dumps({"case": case, **options}))))

    def call_tool(self, program: str, *arguments: str) -> str:
        """A program of `node_modules/.bin`; relay-compiler's starts a native one, which is no script for node."""
        return self._call([str(self.folder / "node_modules" / ".bin" / program), *arguments])

    def _call(self, command: list[str]) -> str:
        environment = self.client.environment
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        assert done.returncode == 0, f"{command[0]}: {done.stdout}\n{done.stderr}"
        return done.stdout


def copy_recipes(folder: Path) -> RecipeProject:
    """The project, not built yet; skips the test, with the remedy, when Node.js or the packages are missing."""
    client = need_client("typed")
    for name in _COPIED:
        source = RECIPES / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    (folder / "node_modules").symlink_to(RECIPES / "node_modules")
    (folder / "schema").symlink_to(ROOT / "schema")
    return RecipeProject(client, folder)
