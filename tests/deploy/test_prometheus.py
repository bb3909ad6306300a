"""What Prometheus is told: whom to scrape, what to raise, and where it is written what to do."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

import pytest
import yaml

from entrepot.native.variables import find_variables
from entrepot.subgraphs.registry import SUBGRAPHS
from tests.support.promql import list_metrics
from tests.support.servers import need_program
from tests.support.tree import ROOT

FOLDER = ROOT / "deploy" / "prometheus"
ALERTS = [rule for group in yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"] for rule in group["rules"]]
TRIED = yaml.safe_load((FOLDER / "tests" / "alerts.yml").read_text())["tests"]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
DASHBOARD = json.loads((ROOT / "deploy" / "grafana" / "dashboards" / "entrepot.json").read_text())
PORTS = find_variables((ROOT / "docker-compose.yml").read_text())


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
class TestEachAlert:
    def test_says_how_soon_and_what_to_do(self, alert: dict[str, Any]) -> None:
        assert alert["labels"]["severity"] in {"page", "ticket"}
        assert alert["annotations"]["summary"]
        assert alert["annotations"]["runbook_url"] == f"docs/operations.md#{alert['alert'].lower()}"
        assert re.search(rf"^### {alert['alert']}\n\w", OPERATIONS, re.MULTILINE)

    def test_is_tried(self, alert: dict[str, Any]) -> None:
        """With series that set it off; most of them also with some that do not."""
        tries = [each for test in TRIED for each in test["alert_rule_test"] if each["alertname"] == alert["alert"]]
        assert any(each.get("exp_alerts") for each in tries)


def test_no_section_is_left_of_an_alert_that_is_gone() -> None:
    sections = re.findall(r"^### (\w+)$", OPERATIONS.partition("## When a metric turns red")[2], re.MULTILINE)
    assert sorted(sections) == sorted(alert["alert"] for alert in ALERTS)


def test_every_process_is_scraped_at_its_own_port() -> None:
    config = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    found = {
        target: {"/metrics", *([] if "labels" not in group else group["labels"].values())}
        for job in config["scrape_configs"]
        for group in job["static_configs"]
        for target in group["targets"]
    }
    wanted = {f"haproxy:{PORTS['HAPROXY_METRICS_PORT']}": "/metrics"}
    wanted |= {f"router-{each}:{PORTS[f'ROUTER_{each}_METRICS_PORT']}": "/metrics" for each in (1, 2, 3)}
    for name in SUBGRAPHS:
        for role in ("subgraph", "worker"):
            wanted[f"{role}-{name}:{PORTS[f'{role}_{name}_port'.upper()]}"] = f"/{name}/metrics"
    assert found.keys() == wanted.keys()
    assert all(path in found[target] for target, path in wanted.items())


def test_panels_have_their_own_places() -> None:
    places = [tuple(panel["gridPos"].values()) for panel in DASHBOARD["panels"]]
    assert len(set(places)) == len(places)
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(places)


def test_the_rules_and_their_tests_by_prometheus_itself() -> None:
    program = need_program("promtool", "prometheus")
    for arguments in (["check", "rules", "../alerts.yml"], ["test", "rules", "alerts.yml"]):
        done = subprocess.run([program, *arguments], cwd=FOLDER / "tests", capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("up == 0", {"up"}),
        (
            'sum by (code) (rate(a_total{proxy="b", c!="d_e"}[5m])) > 0.01 * sum(rate(f_total[1m]))',
            {"a_total", "f_total"},
        ),
        ("histogram_quantile(0.99, sum by (le, x) (rate(g_bucket[5m]))) > 1e3 or h offset 5m", {"g_bucket", "h"}),
        ("max without (i) (j:k) unless on (l) m", {"j:k", "m"}),
    ],
)
def test_names_are_found_in_expressions(expression: str, names: set[str]) -> None:
    assert list_metrics(expression) == names
