"""Whether the router can send requests to every subgraph, checked before it serves."""

from __future__ import annotations

from collections.abc import Mapping

from entrepot.router.config import RouterConfig
from entrepot.router.config.urls import find_url_fault
from entrepot.router.errors import ConfigurationInvalid
from entrepot.router.pipeline.execution.subgraph_urls import name_variable


def check_urls(urls: Mapping[str, str], config: RouterConfig) -> None:
    """Raises ConfigurationInvalid for a subgraph without a URL, and for URLs that no request can be sent to."""
    problems = [problem for name, url in urls.items() if (problem := _check_url(name, url))]
    for name, section in config.subscriptions.subgraphs.items():
        fault = find_url_fault(section.url, ("http", "https", "ws", "wss")) if section.url else None
        if fault:
            problems.append(f"subscriptions.subgraphs.{name}.url {section.url!r} {fault}.")
    if problems:
        raise ConfigurationInvalid("\n".join(problems))


def _check_url(name: str, url: str) -> str | None:
    remedy = (
        f"Compose with the routing_url of {name}, or set override_subgraph_urls in the configuration or "
        f"{name_variable(name)} in the environment."
    )
    if not url:
        return f"The subgraph {name} has no URL. {remedy}"
    fault = find_url_fault(url)
    return f"The URL {url!r} of the subgraph {name} {fault}. {remedy}" if fault else None
