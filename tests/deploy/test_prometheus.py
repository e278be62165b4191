"""deploy/prometheus: the rules are right by Prometheus's own tool, and about metrics that a real proxy has."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT
from support.prometheus import JOB, prometheus_program
from support.watched import DEPLOY, Watched

FOLDER = DEPLOY / "prometheus"
ALERTS: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((FOLDER / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
NAMES = [alert["alert"] for alert in ALERTS]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
SELECTOR = re.compile(r"\b(?:cxai_\w+|process_\w+|up)\b(?:{[^}]*})?")


def promtool(*arguments: object) -> str:
    command = [prometheus_program("promtool"), *map(str, arguments)]
    ran = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_the_rules_are_well_formed() -> None:
    checked = promtool("check", "rules", "--lint=all", "--lint-fatal", "alerts.yaml")
    assert f"{len(ALERTS)} rules found" in checked


def test_each_alert_is_silent_and_fires_when_it_should() -> None:
    assert "SUCCESS" in promtool("test", "rules", "alerts.test.yaml")


@pytest.mark.parametrize("name", NAMES)
def test_each_alert_has_a_case_in_which_it_fires_and_one_in_which_it_is_silent(name: str) -> None:
    cases = [
        case
        for group in yaml.safe_load((FOLDER / "alerts.test.yaml").read_text(encoding="utf-8"))["tests"]
        for case in group["promql_expr_test"]
        if f'alertname="{name}"' in case["expr"]
    ]
    assert any(case["exp_samples"] for case in cases)
    assert any(not case["exp_samples"] for case in cases)


@pytest.mark.parametrize("alert", ALERTS, ids=NAMES)
def test_each_alert_says_how_bad_it_is_and_where_the_docs_say_what_to_do(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in ("critical", "warning")
    page, _, heading = alert["annotations"]["runbook"].partition("#")
    assert (ROOT / page).is_file()
    assert heading == alert["alert"].lower()
    assert f"\n### {alert['alert']}\n" in OPERATIONS


def test_the_docs_describe_no_alert_that_is_not_there() -> None:
    assert re.findall(r"^### (Cxai\w+)$", OPERATIONS, re.MULTILINE) == NAMES


@pytest.mark.parametrize("alert", ALERTS, ids=NAMES)
def test_what_each_alert_asks_for_is_on_a_real_proxys_metrics(
    alert: dict[str, Any], watched: Watched
) -> None:
    """With its labels and their values: a selector that finds nothing would never raise an alarm."""
    selectors = SELECTOR.findall(alert["expr"])
    assert selectors
    for selector in selectors:
        assert watched.prometheus.query(selector), f"{selector} finds nothing"


@pytest.mark.parametrize("alert", ALERTS, ids=NAMES)
def test_the_labels_that_an_alert_groups_by_are_there(alert: dict[str, Any], watched: Watched) -> None:
    labels = set(re.findall(r"\w+", " ".join(re.findall(r" by \(([^)]*)\)", alert["expr"]))))
    for selector in SELECTOR.findall(alert["expr"]):
        assert labels <= watched.prometheus.query(selector)[0]["metric"].keys()


def test_what_the_docs_link_to_is_there() -> None:
    headings = re.findall(r"^##+ (.+)$", OPERATIONS, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", OPERATIONS)) <= anchors
    files = re.findall(r"\]\((\.\./[^)#]+)", OPERATIONS)
    assert files and all((ROOT / "docs" / file).exists() for file in files)


@pytest.mark.parametrize("config", re.findall(r"```yaml\n(rule_files:.*?)```", OPERATIONS, re.DOTALL))
def test_the_configurations_in_the_docs_are_right(config: str, tmp_path: Path) -> None:
    assert f"job_name: {JOB}\n" in config
    # Debian builds Prometheus without service discovery; what stands beside it is checked.
    config = re.sub(r"kubernetes_sd_configs:\n.*\n.*\n", "static_configs: []\n", config)
    (tmp_path / "prometheus.yaml").write_text(config, encoding="utf-8")
    (tmp_path / "alerts.yaml").write_bytes((FOLDER / "alerts.yaml").read_bytes())
    assert f"{len(ALERTS)} rules found" in promtool("check", "config", tmp_path / "prometheus.yaml")


def test_a_real_prometheus_evaluates_every_rule(watched: Watched) -> None:
    rules = watched.prometheus.rules()
    assert {rule["name"]: rule["health"] for rule in rules} == dict.fromkeys(NAMES, "ok")


def test_a_proxy_that_lost_its_ledger_raises_the_alarm(watched: Watched) -> None:
    def alarmed_by(name: str) -> set[str]:
        return {
            one["metric"]["instance"] for one in watched.prometheus.query(f'ALERTS{{alertname="{name}"}}')
        }

    assert alarmed_by("CxaiLedgerErrors") == {watched.lost}
    assert watched.lost in alarmed_by("CxaiNotReady")
