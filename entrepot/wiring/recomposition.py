"""Composing again when a file, or the SDL of a running subgraph, has changed."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from entrepot.router.composition import CompositionResult
from entrepot.router.errors import RouterError
from entrepot.shared.errors import EntrepotError
from entrepot.wiring.supergraph import CompositionInputs, compose_inputs, read_inputs

# A file that is being written is read when it has not changed for this long, in seconds.
_SETTLE: Final = 0.1

OnComposed = Callable[[CompositionResult, CompositionInputs], None]
OnFailed = Callable[[RouterError | EntrepotError], None]


class Recomposition:
    """Looks at everything that a `supergraph.yaml` leads to, and composes when it is another than before.

    `on_composed` gets every result, that of a composition with errors too; `on_failed` what could not be read, once
    until something else is the matter.
    """

    def __init__(
        self, path: Path, *, sdl_timeout: float, interval: float, on_composed: OnComposed, on_failed: OnFailed
    ) -> None:
        self._path = path
        self._sdl_timeout = sdl_timeout
        self._interval = interval
        self._on_composed = on_composed
        self._on_failed = on_failed
        self._inputs: CompositionInputs | None = None
        self._failure = ""
        self._stopping = threading.Event()

    def look(self) -> CompositionResult | None:
        """Compose if anything has changed; the result, None when there is none or it is the same."""
        try:
            inputs = self._read()
            if inputs == self._inputs:
                return None
            result = compose_inputs(inputs)
        except (RouterError, EntrepotError) as error:
            if error.message != self._failure:
                self._failure = error.message
                self._on_failed(error)
            # When it can be read again, it is composed again, so that the failure does not have the last word.
            self._inputs = None
            return None
        self._inputs, self._failure = inputs, ""
        self._on_composed(result, inputs)
        return result

    def run(self, *, until_composed: bool = False) -> None:
        """Look again and again, until `stop` is called, or for `until_composed` until there is a supergraph."""
        while not self._stopping.is_set():
            result = self.look()
            if until_composed and result is not None and result.supergraph_sdl is not None:
                return
            self._stopping.wait(self._interval)

    def stop(self) -> None:
        """End `run` in another thread."""
        self._stopping.set()

    def _read(self) -> CompositionInputs:
        inputs = read_inputs(self._path, os.environ, sdl_timeout=self._sdl_timeout)
        while inputs != self._inputs:
            self._stopping.wait(_SETTLE)
            again = read_inputs(self._path, os.environ, sdl_timeout=self._sdl_timeout)
            if again == inputs:
                break
            inputs = again
        return inputs
