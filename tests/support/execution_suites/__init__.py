"""Execution suites, the public ones and ours, with subgraphs full of traps, behind real HTTP."""

from __future__ import annotations

from tests.support.execution_suites.engine import Watch
from tests.support.execution_suites.routers import COMPOSED, GIVEN, SUPERGRAPHS, ServedSuites, serve_suites
from tests.support.execution_suites.server import Asked, SuiteServer, build_subgraphs
from tests.support.execution_suites.shapes import SHAPES
from tests.support.execution_suites.sources import REMEDY, Case, SuiteSource, load_own_suites, load_suites
from tests.support.execution_suites.traps import TRAPS, FiredTrap

__all__ = [
    "COMPOSED",
    "GIVEN",
    "REMEDY",
    "SHAPES",
    "SUPERGRAPHS",
    "TRAPS",
    "Asked",
    "Case",
    "FiredTrap",
    "ServedSuites",
    "SuiteServer",
    "SuiteSource",
    "Watch",
    "build_subgraphs",
    "load_own_suites",
    "load_suites",
    "serve_suites",
]
