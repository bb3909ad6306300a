"""Another composer as a process of its own: subgraphs go in, its verdict comes out."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from entrepot.router.composition import SubgraphSchema
from tests.support.node import NodeClient


@dataclass(frozen=True)
class Verdict:
    """What a composer says; `thrown` is its own failure, which is no verdict."""

    error_codes: frozenset[str] = frozenset()
    hint_codes: frozenset[str] = frozenset()
    messages: tuple[str, ...] = ()
    supergraph: str | None = None
    thrown: str | None = None

    @property
    def composes(self) -> bool:
        return self.supergraph is not None


class ReferenceComposer:
    """Asks the process, one question after the other."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def compose(self, subgraphs: Sequence[SubgraphSchema]) -> Verdict:
        question = [{"name": each.name, "url": each.url or "", "sdl": each.sdl} for each in subgraphs]
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the other composer's process has ended"
        answer = json.loads(line)
        if "thrown" in answer:
            return Verdict(thrown=answer["thrown"])
        return Verdict(
            error_codes=frozenset(str(each["code"]) for each in answer["errors"]),
            hint_codes=frozenset(each["code"] for each in answer["hints"]),
            messages=tuple(f"{each['code']}: {each['message']}" for each in answer["errors"] or answer["hints"]),
            supergraph=answer["supergraph"],
        )


@contextmanager
def start_reference(client: NodeClient) -> Iterator[ReferenceComposer]:
    """The process for as long as the block lasts."""
    with subprocess.Popen(
        client.command("composer.mjs"),
        cwd=client.folder,
        env=client.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        yield ReferenceComposer(process)
        assert process.stdin is not None
        process.stdin.close()
