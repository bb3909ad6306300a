"""The pages of the repository: their links, headings, code blocks and the paths that they name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.support.tree import ROOT

_FENCE = re.compile(
    r"^(?P<mark><!-- file: (?P<file>\S+) -->\n)?(?P<indent> *)```(?P<language>[\w-]*)\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
_LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)(?:\s\"[^\"]*\")?\)")
_HEADING = re.compile(r"^#{1,6} (.+?)#*$", re.MULTILINE)
_CODE = re.compile(r"`[^`\n]+`")
_PATH = re.compile(
    r"`((?:\.github|benchmarks|deploy|docs|entrepot|examples|router|schema|scripts|shared|subgraphs|tests)/[\w./*<>-]*)`"
)


@dataclass(frozen=True)
class Block:
    """A fenced code block; `file` is the file that it says to be an excerpt of."""

    page: Path
    line: int
    language: str
    text: str
    file: str | None

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def list_pages() -> list[Path]:
    """Every page that people read: those at the top, docs/, and READMEs of folders."""
    folders = (ROOT / name for name in (".github", "docs", "examples"))
    pages = [*ROOT.glob("*.md"), *(page for folder in folders for page in folder.rglob("*.md"))]
    return sorted(page for page in pages if "node_modules" not in page.parts)


@cache
def read_blocks(page: Path) -> tuple[Block, ...]:
    text = page.read_text()
    return tuple(
        Block(
            page,
            text.count("\n", 0, match.start("language")) + 1,
            match["language"],
            "".join(line.removeprefix(match["indent"]) for line in match["text"].splitlines(keepends=True)),
            match["file"],
        )
        for match in _FENCE.finditer(text)
    )


def all_blocks(*languages: str) -> list[Block]:
    return [block for page in list_pages() for block in read_blocks(page) if block.language in languages]


def read_links(page: Path) -> list[str]:
    """The targets of links, in prose only."""
    return _LINK.findall(_CODE.sub("", read_prose(page)))


def read_anchors(page: Path) -> set[str]:
    """What headings can be linked by, as GitHub makes it of them."""
    anchors: set[str] = set()
    for heading in _HEADING.findall(read_prose(page)):
        shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
        anchor = re.sub(r"[^\w\- ]", "", shown).replace(" ", "-")
        repeated = 0
        while (anchor if not repeated else f"{anchor}-{repeated}") in anchors:
            repeated += 1
        anchors.add(anchor if not repeated else f"{anchor}-{repeated}")
    return anchors


def read_paths(page: Path) -> list[str]:
    """The paths of the repository in backticks, without those that hold a placeholder."""
    return [path for path in _PATH.findall(read_prose(page)) if "<" not in path]


def read_commands() -> Iterator[tuple[Block, str]]:
    """Each command of a ```console block, one that goes on behind a backslash as one."""
    for block in all_blocks("console"):
        for line in block.text.replace("\\\n", " ").splitlines():
            command = line.split("  #")[0].split(" # ")[0].strip()
            if command:
                yield block, command


@cache
def read_prose(page: Path) -> str:
    """The page without its fenced code."""
    return _FENCE.sub("", page.read_text())
