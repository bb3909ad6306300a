"""Extensions as hooks of the pipeline; only overridden methods are called, and their errors are masked."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Final, Literal

from entrepot.router.errors import ClientError, InternalError, RouterError, SubgraphUnavailable
from entrepot.router.execution import ExecutionResult, SubgraphRequest, SubgraphResponse, SubgraphTransport
from entrepot.router.extensions.extension import Extension
from entrepot.router.extensions.request import ExtensionRequest, ExtensionResponse, SubgraphCall
from entrepot.router.pipeline.context import RequestContext
from entrepot.router.pipeline.instrumentation.hooks import Hook, Hooks, OnAnswer, WrapTransport
from entrepot.shared.telemetry import get_logger

Point = Literal["on_request", "on_plan", "on_subgraph_request", "on_response"]
Method = Callable[..., Awaitable[None] | None]

_MASKED: Final = "Internal server error."
_log = get_logger(__name__)


class ExtensionFailed(InternalError):
    """An extension raised what is no refusal."""

    def __init__(self, extension: str, point: str) -> None:
        super().__init__(f"The extension {extension} failed in {point}.")


def build_hooks(extensions: Sequence[Extension]) -> Hooks:
    """What the extensions have to do, in their order; points that none of them overrides are not there."""
    on_subgraph_request = _find(extensions, "on_subgraph_request")
    on_response = _find(extensions, "on_response")[::-1]
    has_any = bool(extensions)
    return Hooks(
        before=(_build_first(_find(extensions, "on_request")),) if has_any else (),
        after=tuple(_build_hook(each, "on_plan") for each in _find(extensions, "on_plan")),
        wrap_transport=(_build_wrap_transport(on_subgraph_request),) if on_subgraph_request else (),
        on_answer=_build_answer(on_response) if on_response else None,
    )


class ExtendedTransport:
    """The way to subgraphs of one request, whose every call extensions see first."""

    def __init__(self, transport: SubgraphTransport, methods: Sequence[Method], request: ExtensionRequest) -> None:
        self._transport = transport
        self._methods = methods
        self._request = request

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        return await self._transport.send(await self._change(request))

    async def stream(self, request: SubgraphRequest) -> AsyncGenerator[bytes, None]:
        async with aclosing(self._transport.stream(await self._change(request))) as events:
            async for event in events:
                yield event

    async def _change(self, request: SubgraphRequest) -> SubgraphRequest:
        call = SubgraphCall(request.subgraph, request.url, request.body, request.is_mutation, dict(request.headers))
        for method in self._methods:
            try:
                await _call(method, "on_subgraph_request", self._request, call)
            except ClientError as error:
                raise _refuse(call.subgraph, error.message, {"code": error.code, **error.extensions}) from error
            except ExtensionFailed as error:
                _log.error("extension.failed", exc_info=error)
                raise _refuse(call.subgraph, _MASKED, {"code": RouterError.code}) from error
        changed = {name.lower(): value for name, value in call.headers.items()}
        renew = request.renew_headers
        if renew is None:
            return replace(request, headers=changed)
        # Fresh headers for a stream that is reopened, with the changes that extensions made at first.
        differing = {name: value for name, value in changed.items() if request.headers.get(name) != value}
        return replace(request, headers=changed, renew_headers=lambda: {**renew(), **differing})


def _refuse(subgraph: str, message: str, extensions: dict[str, Any]) -> SubgraphUnavailable:
    failure = SubgraphUnavailable(message, extensions={"service": subgraph, **extensions})
    failure.is_transient = False
    return failure


def _find(extensions: Sequence[Extension], point: Point) -> list[Method]:
    return [getattr(each, point) for each in extensions if getattr(type(each), point) is not getattr(Extension, point)]


async def _call(method: Method, point: Point, *arguments: Any) -> None:
    try:
        pending = method(*arguments)
        if pending is not None:
            await pending
    except ClientError:
        raise
    except Exception as error:
        raise ExtensionFailed(type(getattr(method, "__self__", method)).__qualname__, point) from error


def _build_first(methods: Sequence[Method]) -> Hook:
    async def ask_extensions(context: RequestContext) -> None:
        request = context.extension = ExtensionRequest(context)
        # The same mapping, so that later stages see the changes of extensions.
        context.headers = request.headers
        for method in methods:
            await _call(method, "on_request", request)

    return ask_extensions


def _build_hook(method: Method, point: Point) -> Hook:
    async def ask_extension(context: RequestContext) -> None:
        await _call(method, point, context.extension)

    ask_extension.__name__ = point
    return ask_extension


def _build_wrap_transport(methods: Sequence[Method]) -> WrapTransport:
    def wrap_transport(transport: SubgraphTransport, context: RequestContext) -> SubgraphTransport:
        assert isinstance(context.extension, ExtensionRequest)
        return ExtendedTransport(transport, methods, context.extension)

    return wrap_transport


def _build_answer(methods: Sequence[Method]) -> OnAnswer:
    async def on_answer(context: RequestContext, result: ExecutionResult) -> None:
        response = ExtensionResponse(result)
        for method in methods:
            await _call(method, "on_response", context.extension, response)

    return on_answer
