"""Small suites by kind of fault, each a shape of subgraphs of its own: SDL, rows and cases side by side."""

from __future__ import annotations

from tests.support.execution_suites.shapes.differing_unions import DIFFERING_UNIONS
from tests.support.execution_suites.shapes.external_keys import EXTERNAL_KEYS
from tests.support.execution_suites.shapes.interface_objects import INTERFACE_OBJECTS
from tests.support.execution_suites.sources import SuiteSource

SHAPES: tuple[SuiteSource, ...] = (*EXTERNAL_KEYS, *DIFFERING_UNIONS, *INTERFACE_OBJECTS)

__all__ = ["SHAPES"]
