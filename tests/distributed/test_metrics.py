"""The pages of all processes say what alerts and dashboards ask for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

import aiohttp
import yaml
from prometheus_client.parser import text_string_to_metric_families

from entrepot.subgraphs.registry import SUBGRAPHS
from tests.support.mesh import Shop
from tests.support.promql import list_metrics
from tests.support.purchases import check_ends_through
from tests.support.tree import ROOT
from tests.support.up import UpProcess

OWN = {"up"}
"""What Prometheus says by itself."""


async def read_pages(up: UpProcess) -> dict[str, str]:
    """The page of every process that Prometheus scrapes, by service."""
    ports = {"haproxy": ("HAPROXY_METRICS_PORT", "/metrics")}
    ports |= {f"router-{each}": (f"ROUTER_{each}_METRICS_PORT", "/metrics") for each in (1, 2)}
    for name in SUBGRAPHS:
        for role in ("subgraph", "worker"):
            ports[f"{role}-{name}"] = (f"{role}_{name}_port".upper(), f"/{name}/metrics")
    async with aiohttp.ClientSession() as session:

        async def read(port: str, path: str) -> str:
            async with session.get(f"http://127.0.0.1:{up.variables[port]}{path}") as answer:
                assert answer.status == 200
                return await answer.text()

        pages = await asyncio.gather(*(read(*each) for each in ports.values()))
    return dict(zip(ports, pages, strict=True))


def samples_of(page: str) -> dict[str, float]:
    """Each sample by its name and the values of its labels."""
    samples = [sample for family in text_string_to_metric_families(page) for sample in family.samples]
    return {":".join([sample.name, *sorted(sample.labels.values())]): sample.value for sample in samples}


def list_names(pages: Mapping[str, str]) -> set[str]:
    """Names of samples, and of families that had none at this moment."""
    families = [family for page in pages.values() for family in text_string_to_metric_families(page)]
    named = {f"{each.name}_total" if each.type == "counter" else each.name for each in families}
    return named | {sample.name for each in families for sample in each.samples}


def list_wanted() -> dict[str, set[str]]:
    """What is asked for, by who asks."""
    groups = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yml").read_text())["groups"]
    wanted = {rule["alert"]: list_metrics(rule["expr"]) for group in groups for rule in group["rules"]}
    dashboard = json.loads((ROOT / "deploy" / "grafana" / "dashboards" / "entrepot.json").read_text())
    for panel in dashboard["panels"]:
        wanted[panel["title"]] = {name for target in panel["targets"] for name in list_metrics(target["expr"])}
    return wanted


async def test_whatever_is_asked_for_is_printed(up: UpProcess, shop: Shop) -> None:
    await check_ends_through(shop.client, shop.running, {}, "measured")
    printed = list_names(await read_pages(up)) | OWN
    missing = {asker: wanted - printed for asker, wanted in list_wanted().items() if wanted - printed}
    assert not missing


async def test_each_process_tells_of_its_part(up: UpProcess, shop: Shop) -> None:
    pages = {service: samples_of(page) for service, page in (await read_pages(up)).items()}
    answering, working = pages["subgraph-orders"], pages["worker-orders"]
    assert answering["entrepot_requests_total:200:orders"] > 0
    assert answering["entrepot_request_duration_seconds_count:orders"] > 0
    assert working["entrepot_events_published_total:orders"] > 0
    assert working["entrepot_events_handled_total:orders"] > 0
    assert any(name.startswith("entrepot_consumer_lag:") for name in working)
    for page in (answering, working):
        assert page["entrepot_database_up:orders"] == 1
        assert page["entrepot_database_connections_limit:orders"] > 0
        assert page["process_resident_memory_bytes"] > 0
