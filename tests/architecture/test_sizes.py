"""Small files, one screen of story."""

from __future__ import annotations

from statistics import median

from tests.support.tree import PACKAGES, python_files, relative

HARD_CAP = 500
MEDIAN_CAP = 150


def test_no_file_is_longer_than_can_be_read() -> None:
    long = {
        relative(path): lines
        for path in python_files(*PACKAGES, "tests", "benchmarks")
        if (lines := path.read_text().count("\n")) > HARD_CAP
    }
    assert long == {}


def test_most_files_are_short() -> None:
    assert median(path.read_text().count("\n") for path in python_files(*PACKAGES)) <= MEDIAN_CAP
