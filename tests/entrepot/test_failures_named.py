"""Files that cannot be read as what they should be are named, with the line where that is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from entrepot.cli import main
from tests.support.servers import free_port
from tests.support.small_graph import SUPERGRAPH


def test_a_supergraph_that_does_not_parse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "broken.graphql"
    path.write_text("type Query {\n  a: [Int\n}\n")
    for words in (["router", "--port", "0", "--supergraph"], ["plan", str(path), "--supergraph"]):
        assert main([*words, str(path)]) == 1
        said = capsys.readouterr().err
        assert said.startswith(f"entrepot {words[0]}: SUPERGRAPH_INVALID: {path}: The supergraph does not parse: ")
        assert "3 | }\n  | ^" in said


def test_an_operation_that_does_not_parse_or_fit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    supergraph, operation = tmp_path / "supergraph.graphql", tmp_path / "operation.graphql"
    supergraph.write_text(SUPERGRAPH)
    for text, code in (("{ a {", "GRAPHQL_PARSE_FAILED"), ("{ nope }", "GRAPHQL_VALIDATION_FAILED")):
        operation.write_text(text)
        assert main(["plan", "--supergraph", str(supergraph), str(operation)]) == 1
        said = capsys.readouterr().err
        assert said.startswith(f"entrepot plan: {code}: ")
        assert f"\n{operation}:1:" in said


def test_health_of_what_does_not_answer(capsys: pytest.CaptureFixture[str]) -> None:
    url = f"http://127.0.0.1:{free_port()}/health/ready"
    assert main(["health", url]) == 1
    assert capsys.readouterr().err == f"{url}: [Errno 111] Connection refused\n"


@pytest.mark.parametrize("port", ["many", "0", "70000"])
def test_up_with_a_port_that_is_none(
    port: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PORT", port)
    file = tmp_path / "docker-compose.yml"
    file.write_text('services:\n  shop:\n    image: shop\n    ports: ["${SHOP_PORT:-4000}:4000"]\n')
    assert main(["up", "--file", str(file), "--data", str(tmp_path / "data")]) == 1
    assert f"SETTINGS_INVALID: SHOP_PORT is {port!r}, and no port" in capsys.readouterr().err
