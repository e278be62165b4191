"""The picture of the trend: the usual numbers above, what customers lived through below, what was changed as marks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proxy.console.charts import COLOURS, WIDTH
from proxy.console.lead.lived import change_days

USUAL = {"answers": "answers", "delivered": "delivered as written", "escalated": "handed to people"}
LIVED = {
    "failures": "failures reaching customers",
    "detected": "found",
    "corrected": "put right",
    "restored": "customers whole again",
}
_HEIGHT = 150


def trend_chart(found: Mapping[str, Any]) -> dict[str, Any]:
    """A Vega-Lite specification; days are UTC."""
    days = [str(one["day"]) for one in found["trend"]]
    marks = [{"day": one["day"], "number": one["number"]} for one in change_days(found) if one["day"] in days]
    return {
        "vconcat": [
            _panel(found, USUAL, days, marks, COLOURS[0:3], "answers a day"),
            _panel(
                found, LIVED, days, marks, (COLOURS[3], COLOURS[1], COLOURS[0], COLOURS[2]), "failures a day"
            ),
        ],
        "resolve": {"scale": {"color": "independent"}},
    }


def _panel(
    found: Mapping[str, Any],
    names: Mapping[str, str],
    days: list[str],
    marks: list[dict[str, Any]],
    colours: Any,
    title: str,
) -> dict[str, Any]:
    rows = [
        {"day": one["day"], "what": told, "number": one[name]}
        for one in found["trend"]
        for name, told in names.items()
    ]
    axis = {"title": None, "labelAngle": -60, "labelOverlap": True}
    x = {"field": "day", "type": "ordinal", "scale": {"domain": days}, "axis": axis}
    colour = {
        "field": "what",
        "type": "nominal",
        "scale": {"domain": list(names.values()), "range": list(colours)},
        "legend": {"symbolType": "stroke", "columns": 2},
    }
    y = {
        "field": "number",
        "type": "quantitative",
        "axis": {"title": title, "tickMinStep": 1, "format": ",d"},
    }
    return {
        "width": WIDTH - 80,
        "height": _HEIGHT,
        "layer": [
            {
                "data": {"values": rows},
                "mark": {"type": "line", "point": len(days) < 40},
                "encoding": {"x": x, "y": y, "color": colour},
            },
            {
                "data": {"values": marks},
                "mark": {"type": "rule", "strokeDash": [4, 3]},
                "encoding": {"x": x},
            },
            {
                "data": {"values": marks},
                "mark": {"type": "text", "align": "left", "dx": 3, "y": 8, "fontSize": 12},
                "encoding": {"x": x, "text": {"field": "number"}},
            },
        ],
    }
