"""`entrepot plan --stages`, and labels of overrides on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from entrepot.cli import main

_SUPERGRAPH = """
schema @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION) { query: Query }
enum join__Graph { A @join__graph(name: "a", url: "") B @join__graph(name: "b", url: "") }
type Query @join__type(graph: A) @join__type(graph: B) {
  moved: Int @join__field(graph: A, usedOverridden: true, overrideLabel: "beta")
    @join__field(graph: B, override: "a", overrideLabel: "beta")
}
"""


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    supergraph, operation = tmp_path / "supergraph.graphql", tmp_path / "operation.graphql"
    supergraph.write_text(_SUPERGRAPH)
    operation.write_text("{ moved }")
    return ["plan", "--supergraph", str(supergraph), str(operation)]


def test_stages_come_before_the_plan(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*arguments, "--stages"]) == 0
    said = capsys.readouterr().out
    headings = [line for line in said.splitlines() if line.startswith("# ")]
    assert headings == ["# operation", "# reach", "# cover", "# fetch graph", "# plan"]
    assert "Query.moved: a\n" in said
    assert main(arguments) == 0
    assert said.endswith(f"# plan\n{capsys.readouterr().out}")


def test_a_label_holds_when_it_is_named(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    assert 'Fetch(service: "a")' in capsys.readouterr().out
    assert main([*arguments, "--label", "beta"]) == 0
    assert 'Fetch(service: "b")' in capsys.readouterr().out
