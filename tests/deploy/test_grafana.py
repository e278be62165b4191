"""deploy/grafana/cxai.json: every panel shows something of a real proxy, and Grafana knows every key of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import ROOT
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
from support.watched import DEPLOY, Watched

DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana" / "cxai.json").read_text(encoding="utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
WIDTH = 24  # of Grafana's grid


def expressions(panel: dict[str, Any]) -> Iterator[str]:
    """What the panel asks for, with Grafana's variables filled in."""
    for target in panel["targets"]:
        yield target["expr"].replace("$__rate_interval", "5m").replace("$instance", ".*")


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_each_panel_shows_something_of_a_real_proxy(panel: dict[str, Any], watched: Watched) -> None:
    for expression in expressions(panel):
        found = watched.prometheus.query(expression)
        assert found, f"{expression} finds nothing"
        assert any(one["value"][1] != "NaN" for one in found), f"{expression} has no value"


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_what_a_legend_names_is_there(panel: dict[str, Any], watched: Watched) -> None:
    for target, expression in zip(panel["targets"], expressions(panel), strict=True):
        named = {part.partition("}}")[0].strip() for part in target["legendFormat"].split("{{")[1:]}
        assert named <= watched.prometheus.query(expression)[0]["metric"].keys()


def test_every_metric_of_the_proxy_has_its_place(watched: Watched) -> None:
    """A new metric is put on the dashboard, or it is no use to those who watch."""
    shown = " ".join(expression for panel in PANELS for expression in expressions(panel))
    names = watched.prometheus.query(
        'count by (__name__) ({__name__=~"cxai_.+", __name__!~".+_(bucket|count|sum|created)"})'
    )
    found = {one["metric"]["__name__"] for one in names}
    assert {name for name in found if name not in shown} == set()
    histograms = watched.prometheus.query('count by (__name__) ({__name__=~"cxai_.+_bucket"})')
    assert {
        one["metric"]["__name__"] for one in histograms if one["metric"]["__name__"] not in shown
    } == set()


def test_grafana_knows_every_key() -> None:
    """Grafana's own types, read from their schema, drop what they do not know."""
    register_default_plugins()
    read = json.loads(JSONEncoder().encode(Dashboard.from_json(json.loads(json.dumps(DASHBOARD)))))
    assert list(lost(DASHBOARD, read)) == []


def lost(ours: Any, read: Any, place: str = "") -> Iterator[str]:
    if isinstance(ours, dict) and isinstance(read, dict):
        for key, value in ours.items():
            if key in read:
                yield from lost(value, read[key], f"{place}.{key}")
            elif value not in ([], {}):
                yield f"{place}.{key}"
    elif isinstance(ours, list) and isinstance(read, list) and len(ours) == len(read):
        for number, (value, kept) in enumerate(zip(ours, read, strict=True)):
            yield from lost(value, kept, f"{place}[{number}]")
    elif ours != read:
        yield f"{place}: {ours!r} became {read!r}"


def test_panels_have_ids_of_their_own_and_do_not_overlap() -> None:
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= WIDTH and not cells & taken, panel["title"]
        taken |= cells


def test_every_query_asks_the_chosen_data_source() -> None:
    chosen = {"type": "prometheus", "uid": "${datasource}"}
    assert all(panel["datasource"] == chosen for panel in PANELS)
    assert [variable["name"] for variable in DASHBOARD["templating"]["list"]] == ["datasource", "instance"]


def test_the_docs_say_where_the_dashboard_is() -> None:
    assert "deploy/grafana/cxai.json" in (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
