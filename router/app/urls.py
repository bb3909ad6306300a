"""Whether the router can send requests to every subgraph, checked before it serves."""

from __future__ import annotations

from collections.abc import Mapping

from entrepot.router.config import RouterConfig
from entrepot.router.config.urls import find_url_fault, quote_url
from entrepot.router.errors import ConfigurationInvalid
from entrepot.router.pipeline.execution.subgraph_urls import name_variable


def check_urls(urls: Mapping[str, str], config: RouterConfig) -> None:
    """Raises ConfigurationInvalid for a subgraph without a URL, and for URLs that no request can be sent to."""
    problems = [problem for name, url in urls.items() if (problem := _check_url(name, url))]
    for name, section in config.subscriptions.subgraphs.items():
        fault = find_url_fault(section.url, ("http", "https", "ws", "wss")) if section.url else None
        if fault:
            problems.append(f"subscriptions.subgraphs.{name}.url {quote_url(section.url or '')} {fault}.")
    problems += list_address_faults(config)
    if problems:
        raise ConfigurationInvalid("\n".join(problems))


def list_address_faults(config: RouterConfig) -> list[str]:
    """What is wrong with the addresses of other servers than subgraphs."""
    addresses = (
        {"observability.tracing.endpoint": config.observability.tracing.endpoint}
        if config.observability.tracing.enabled
        else {}
    )
    addresses |= {
        f"authentication.issuers: the jwks_url of {issuer.issuer}": issuer.jwks_url
        for issuer in config.authentication.issuers
        if issuer.jwks_url
    }
    faults = {name: find_url_fault(url) for name, url in addresses.items()}
    return [f"{name} {quote_url(addresses[name])} {fault}." for name, fault in faults.items() if fault]


def _check_url(name: str, url: str) -> str | None:
    remedy = (
        f"Compose with the routing_url of {name}, or set override_subgraph_urls in the configuration or "
        f"{name_variable(name)} in the environment."
    )
    if not url:
        return f"The subgraph {name} has no URL. {remedy}"
    fault = find_url_fault(url)
    return f"The URL {quote_url(url)} of the subgraph {name} {fault}. {remedy}" if fault else None
