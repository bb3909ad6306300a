"""Header propagation to subgraphs: identity, tracing, and the rules of the configuration."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Final

from entrepot.router.config import HeaderRule, IdentityConfig
from entrepot.router.errors import ConfigurationInvalid
from entrepot.router.pipeline.context import RequestContext
from entrepot.shared.auth import ADDRESS_HEADER, IDENTITY_HEADER, IdentitySigner
from entrepot.shared.telemetry import REQUEST_ID_HEADER, TRACEPARENT_HEADER

# Headers of one connection (RFC 9110 section 7.6.1), those that describe the client's body, and identity.
NEVER_PROPAGATED: Final = frozenset(
    {
        "accept",
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        ADDRESS_HEADER,
        IDENTITY_HEADER,
    }
)


class RequestHeaderPropagation:
    """Makes the headers of a request to a subgraph, at the moment that it is sent."""

    def __init__(
        self, rules: Iterable[HeaderRule], identity: IdentityConfig, signer: IdentitySigner | None = None
    ) -> None:
        if identity.mode == "internal" and signer is None:
            raise ConfigurationInvalid("identity.mode is internal, so identity.key_file must name an Ed25519 key.")
        self._rules = tuple(rules)
        self._mode = identity.mode
        self._signer = signer
        self._by_subgraph: dict[str, tuple[HeaderRule, ...]] = {}

    def headers_for(self, context: RequestContext) -> Callable[[str], Mapping[str, str]]:
        """What to ask for the headers of a request to the subgraph of a name, on behalf of this request."""
        always = {
            REQUEST_ID_HEADER: context.request.trace.request_id,
            TRACEPARENT_HEADER: context.request.trace.traceparent,
        }
        authorization = context.request.caller.authorization
        if self._mode == "forward" and authorization:
            always["authorization"] = authorization
        if self._mode == "internal" and context.request.address and context.operation.kind == "mutation":
            # Not with queries: identical queries from different addresses are deduplicated.
            always[ADDRESS_HEADER] = context.request.address
        if self._mode != "internal" and not self._rules:
            return lambda _subgraph: always

        def headers(subgraph: str) -> Mapping[str, str]:
            built = always.copy()
            for rule in self._rules_of(subgraph):
                built |= _apply(rule, context.headers)
            if self._signer is not None and self._mode == "internal":
                # Signed when it is sent: a stream lives longer than the token.
                built[IDENTITY_HEADER] = self._signer.token_for(context.request.caller.principal, subgraph)
            return built

        return headers

    def identity_of(self, context: RequestContext) -> Hashable:
        """On whose behalf requests are sent, where a signed token says it; None where the headers are the whole truth.

        Tokens of one caller differ from one signature to the next, so that only this tells equal callers from others.
        """
        return context.request.caller.principal if self._mode == "internal" else None

    def list_varying(self, headers: Mapping[str, str]) -> list[str]:
        """The names of the client's headers on which what subgraphs are sent depends.

        Of a prefix, those in `headers`, and `*`, since another request may have others.
        """
        patterns = [pattern.lower() for rule in self._rules for pattern in rule.propagate]
        names = [pattern for pattern in patterns if not pattern.endswith("*")]
        prefixes = [pattern for pattern in patterns if pattern.endswith("*")]
        names += [name for name in headers if any(_matches(prefix, name) for prefix in prefixes)]
        return [*(name for name in names if name not in NEVER_PROPAGATED), *(["*"] if prefixes else [])]

    def _rules_of(self, subgraph: str) -> tuple[HeaderRule, ...]:
        rules = self._by_subgraph.get(subgraph)
        if rules is None:
            rules = tuple(rule for rule in self._rules if not rule.subgraphs or subgraph in rule.subgraphs)
            self._by_subgraph[subgraph] = rules
        return rules


def _apply(rule: HeaderRule, headers: Mapping[str, str]) -> dict[str, str]:
    renamed = {name.lower(): target.lower() for name, target in rule.rename.items()}
    built = {
        renamed.get(name, name): value
        for name, value in headers.items()
        if name not in NEVER_PROPAGATED and any(_matches(pattern.lower(), name) for pattern in rule.propagate)
    }
    built |= {name.lower(): value for name, value in rule.insert.items()}
    return {name: value for name, value in built.items() if name not in NEVER_PROPAGATED}


def _matches(pattern: str, name: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
