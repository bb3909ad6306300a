"""A module has one name, in the clone and in the wheel: `entrepot.router...`, never `router...` (ADR 0020)."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.support.tree import ROOT

_PROGRAM = """
import importlib, json, os, pathlib, sys

root = pathlib.Path(sys.argv[1])
names = []
for folder, folders, files in os.walk(root / "entrepot", followlinks=True):
    skipped = ("migrations", "history", "node_modules", "__pycache__", "explorer")
    folders[:] = [name for name in folders if name not in skipped]
    for file in files:
        if file.endswith(".py") and file != "__main__.py":
            parts = (pathlib.Path(folder) / file).relative_to(root).with_suffix("").parts
            names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
for name in names:
    importlib.import_module(name)

loaded = {}
for name, module in list(sys.modules.items()):
    file = getattr(module, "__file__", None)
    if file and os.path.realpath(file).startswith(f"{root}{os.sep}") and ".venv" not in file:
        loaded.setdefault(os.path.realpath(file), []).append(name)
print(json.dumps({"names": names, "loaded": loaded}))
"""


def test_every_module_is_imported_once_under_one_name() -> None:
    # In an empty folder, as a user's own program would: the root of the clone is not on the path there.
    done = subprocess.run(
        [sys.executable, "-I", "-c", _PROGRAM, str(ROOT)], capture_output=True, text=True, check=True, cwd="/"
    )
    found = json.loads(done.stdout)
    assert len(found["names"]) > 500
    assert {path: names for path, names in found["loaded"].items() if len(names) > 1} == {}
    assert [name for names in found["loaded"].values() for name in names if not name.startswith("entrepot")] == []


def test_the_short_names_do_not_exist_outside_the_clone() -> None:
    code = "import importlib.util as u; print([n for n in ('router', 'shared', 'subgraphs') if u.find_spec(n)])"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True, cwd="/")
    assert done.stdout.strip() == "[]"
