"""No module imports itself by way of others, not even for its types alone."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def read_imports(package: str) -> dict[str, set[str]]:
    """Module -> the modules of the package that it imports, those below `if TYPE_CHECKING` included."""
    paths = {
        "entrepot." + ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in (ROOT / package).rglob("*.py")
        if "node_modules" not in path.parts
    }
    found: dict[str, set[str]] = {}
    for module, path in paths.items():
        imported = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
        names = {
            f"{node.module}.{alias.name}" if f"{node.module}.{alias.name}" in paths else str(node.module)
            for node in imported
            for alias in node.names
        }
        found[module] = (names & paths.keys()) - {module}
    return found


@pytest.mark.parametrize("package", ["router"])
def test_imports_form_no_circle(package: str) -> None:
    try:
        TopologicalSorter(read_imports(package)).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_a_circle_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "router").mkdir()
    (tmp_path / "router" / "a.py").write_text("if TYPE_CHECKING:\n    from entrepot.router.b import B\n")
    (tmp_path / "router" / "b.py").write_text("from entrepot.router import a\n")
    monkeypatch.setitem(read_imports.__globals__, "ROOT", tmp_path)
    with pytest.raises(CycleError):
        TopologicalSorter(read_imports("router")).prepare()
