"""Stages that run for the first request of a document only."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from entrepot.router.errors import ClientError
from entrepot.router.pipeline.context import RequestContext
from entrepot.router.pipeline.instrumentation.timings import computing

Stage = Callable[[RequestContext], None]


def once_per_document(name: str) -> Callable[[Stage], Stage]:
    """Run the stage for the first request of a document only; its refusal is repeated to all later requests.

    `name` identifies the stage in metrics, traces and `extensions.timings`.
    """

    def decorate(stage: Stage) -> Stage:
        @wraps(stage)
        def run(context: RequestContext) -> None:
            entry = context.document
            if name in entry.passed:
                return
            if entry.failure is None:
                try:
                    with computing(context, name):
                        stage(context)
                except ClientError as error:
                    entry.failure = error
                else:
                    entry.passed.add(name)
                    return
            raise entry.failure.with_traceback(None)

        return run

    return decorate
