"""What is wrong with a `supergraph.yaml`, or the SDL that it names, is said with file, line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from entrepot.cli import main

SDL = "type Query { books: [String] }\n"


def compose(folder: Path, text: str, sdl: str = SDL) -> int:
    (folder / "books.graphql").write_text(sdl)
    (folder / "supergraph.yaml").write_text(text)
    return main(["compose", "--config", str(folder / "supergraph.yaml"), "--output", str(folder / "out.graphql")])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("subgraphs:\n  books: [\n", "3:1: this is not YAML: "),
        ("subgraphs:\n\tbooks: 1\n", "2:1: this is not YAML: "),
        ("subgraphs:\n  books: 5\n", "2:3: subgraphs.books: expected a mapping, got a whole number."),
        ("subgraphs:\n  books: {routing_url: [1]}\n", "2:11: subgraphs.books.routing_url: expected text or nothing"),
        (
            "subgraphs:\n  books: {schema: {fiel: x}}\n",
            "2:20: subgraphs.books.schema.fiel is unknown, did you mean file?",
        ),
        ("subgraphs:\n  a: {}\n  a: {}\n", "3:3: subgraphs.a is given twice. Remove one."),
        (
            "subgraphs:\n  books:\n    routing_url: ${NOPE_URL}/graphql\n",
            "3:5: subgraphs.books.routing_url: the environment variable NOPE_URL is not set.",
        ),
        (
            "subgraphs:\n  books: {routing_url: ${NOPE_URL}}\n",
            "2:11: subgraphs.books.routing_url: the environment variable NOPE_URL is not set.",
        ),
        (
            "federation_version: =9.9\nsubgraphs: {books: {schema: {file: books.graphql}}}\n",
            "1:1: federation_version =9.9 is not supported. Write 1, 2, or a version up to =2.14",
        ),
        (
            "federation_version: 2.15\nsubgraphs: {books: {schema: {file: books.graphql}}}\n",
            "1:1: federation_version 2.15 is not supported.",
        ),
        ("subgraphs:\n  books: {}\n", "2:3: the subgraph books has neither schema.file, nor schema.subgraph_url"),
        (
            "subgraphs:\n  books:\n    schema: {file: books.graphql, subgraph_url: 'http://b'}\n",
            "3:5: the subgraph books has both schema.file and schema.subgraph_url. Keep one.",
        ),
        ("subgraphs:\n  books:\n    schema: {file: none.graphql}\n", "3:14: subgraphs.books.schema.file: The file "),
        (
            "subgraphs:\n  books:\n    routing_url: books.example/graphql\n    schema: {file: books.graphql}\n",
            "3:5: subgraphs.books.routing_url: 'books.example/graphql' must begin with http:// or https://.",
        ),
        (
            "subgraphs:\n  books:\n    routing_url: http://books:99999/\n    schema: {file: books.graphql}\n",
            "3:5: subgraphs.books.routing_url: 'http://books:99999/' is not a URL: Port out of range",
        ),
        (
            "subgraphs:\n  books:\n    schema: {subgraph_url: 'unix:/run/books'}\n",
            "3:14: subgraphs.books.schema.subgraph_url: 'unix:/run/books' must begin with",
        ),
    ],
)
def test_a_mistake_has_its_place(text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compose(tmp_path, text) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"entrepot compose: CONFIGURATION_INVALID: {tmp_path}/supergraph.yaml:{said}"), error
    assert not (tmp_path / "out.graphql").exists()


def test_several_mistakes_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compose(tmp_path, "subgraph: {}\nfederation_verion: 2\n") == 1
    error = capsys.readouterr().err
    assert f"{tmp_path}/supergraph.yaml:1:1: subgraph is unknown, did you mean subgraphs?" in error
    assert f"{tmp_path}/supergraph.yaml:2:1: federation_verion is unknown, did you mean federation_version?" in error


@pytest.mark.parametrize("version", ["1", "2", "=2.0", "2.14", "=2.9.3", "v2.5", '"2"'])
def test_versions_that_are_supported(version: str, tmp_path: Path) -> None:
    text = f"federation_version: {version}\n" + BOOKS
    assert compose(tmp_path, text) == 0


BOOKS = "subgraphs:\n  books:\n    routing_url: http://books.example\n    schema: {file: books.graphql}\n"


def test_sdl_that_does_not_parse_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compose(tmp_path, BOOKS, "type Query {\n  books: [String\n  more: Int\n}\n") == 1
    said = capsys.readouterr().err
    assert said == (
        f"{tmp_path}/books.graphql:3:3 INVALID_GRAPHQL Syntax Error: Expected ']', found Name 'more'; "
        "correct the SDL.\n"
        "      more: Int\n"
        "      ^\n"
    )


def test_a_missing_url_is_a_hint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compose(tmp_path, "subgraphs:\n  books:\n    schema: {file: books.graphql}\n") == 0
    said = capsys.readouterr().err
    assert said.startswith(
        f"{tmp_path}/supergraph.yaml:2:3 WARN ROUTING_URL_MISSING: The subgraph books has no routing_url."
    )
    supergraph = str(tmp_path / "out.graphql")
    assert main(["router", "--supergraph", supergraph, "--port", "0"]) == 1
    assert "CONFIGURATION_INVALID: The subgraph books has no URL." in capsys.readouterr().err


def test_a_file_that_is_missing_is_named_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "none.yaml"
    assert main(["compose", "--config", str(missing)]) == 1
    said = capsys.readouterr().err
    assert said == (
        f"entrepot compose: CONFIGURATION_INVALID: The file {missing} cannot be read: No such file or directory.\n"
    )


def test_a_read_model_that_there_is_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rebuild", "orders.cart", "--data", str(tmp_path / "none")]) == 1
    assert capsys.readouterr().err == (
        "entrepot rebuild: READ_MODEL_UNKNOWN: There is no read model orders.cart, did you mean orders.carts? "
        "There are: carts.variants, orders.carts.\n"
    )
    assert main(["rebuild", "orders.carts", "--data", str(tmp_path / "none")]) == 1
    assert f"SETTINGS_INVALID: There is no folder {tmp_path / 'none'}." in capsys.readouterr().err
