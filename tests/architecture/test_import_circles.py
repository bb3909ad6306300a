"""No module imports itself by way of others, not even for its types alone."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("entrepot", "router", "shared", "subgraphs")


def find_modules(root: Path) -> dict[str, Path]:
    """Module -> its file. `entrepot/` holds links to the other packages, which are read in their own folders."""
    found: dict[str, Path] = {}
    for package in PACKAGES:
        for path in (root / package).rglob("*.py"):
            parts = path.relative_to(root).with_suffix("").parts
            if "node_modules" in parts or (parts[:1] == ("entrepot",) and parts[1] in PACKAGES):
                continue
            qualified = parts if package == "entrepot" else ("entrepot", *parts)
            found[".".join(qualified).removesuffix(".__init__")] = path
    return found


def read_names(tree: ast.AST) -> Iterator[str]:
    """The names that a module imports: at its top, in functions, below `if TYPE_CHECKING`, and by `strawberry.lazy`."""
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module), names=names):
                for alias in names:
                    yield f"{module}.{alias.name}"
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.Call(func=ast.Attribute(attr="lazy") | ast.Name(id="lazy"), args=[ast.Constant(value=str(name))]):
                yield name


def read_imports(root: Path) -> dict[str, set[str]]:
    """Module -> the modules that it imports."""
    paths = find_modules(root)
    found: dict[str, set[str]] = {}
    for module, path in paths.items():
        names = set(read_names(ast.parse(path.read_text())))
        # What is no module is a name in one.
        modules = {name if name in paths else name.rpartition(".")[0] for name in names}
        found[module] = (modules & paths.keys()) - {module}
    return found


def test_imports_form_no_circle() -> None:
    try:
        TopologicalSorter(read_imports(ROOT)).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_every_package_is_read() -> None:
    imports = read_imports(ROOT)
    assert {
        "entrepot.cli",
        "entrepot.router.app.build",
        "entrepot.shared.subgraph",
        "entrepot.subgraphs.carts.api.types",
    } <= imports.keys()
    assert "entrepot.subgraphs.carts.api.stubs" in imports["entrepot.subgraphs.carts.api.types"]


@pytest.mark.parametrize(
    "source",
    [
        "from entrepot.router import b",
        "import entrepot.router.b",
        "if TYPE_CHECKING:\n    from entrepot.router.b import B",
        "def run():\n    from entrepot.router.b import B",
        "B = Annotated['B', strawberry.lazy('entrepot.router.b')]",
        "B = Annotated['B', lazy('entrepot.router.b')]",
    ],
)
def test_a_circle_is_found(source: str, tmp_path: Path) -> None:
    (tmp_path / "router").mkdir()
    (tmp_path / "router" / "a.py").write_text(source)
    (tmp_path / "router" / "b.py").write_text("from entrepot.shared.c import C")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "c.py").write_text("from entrepot.router.a import A")
    with pytest.raises(CycleError):
        TopologicalSorter(read_imports(tmp_path)).prepare()
