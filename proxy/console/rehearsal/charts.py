"""The pictures of a rehearsal's report: from the pilot's own figure to production's, and the parts of traffic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from proxy.console.charts import COLOURS, WIDTH, room_for

_PILOT, _UNDER = "in the pilot", "under what production does"


def ladder(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """From the pilot's figure to the predicted one, and what came: ``words``, ``value``, ``low``, ``high``."""
    pilot, came = found["pilot"], found["came"]
    rows = [
        {
            "words": "the pilot's own figure",
            "value": pilot["share"],
            "low": pilot["low"],
            "high": pilot["high"],
        },
        *found["steps"],
    ]
    if came and came["n"]:
        rows.append({"words": "what came", "value": came["share"], "low": came["low"], "high": came["high"]})
    return rows


def ladder_chart(found: Mapping[str, Any]) -> dict[str, Any]:
    """A Vega-Lite specification of one measure's ladder."""
    rows = ladder(found)
    return _intervals(rows, "words", found["words"], [one["words"] for one in rows])


def parts_chart(report: Mapping[str, Any]) -> dict[str, Any]:
    """The share of answers with nothing wrong of each part of traffic, in the pilot and under operators."""
    rows = [
        {"words": one["name"], "of": told, "value": side["share"], "low": side["low"], "high": side["high"]}
        for one in report["parts"]
        for told, side in ((_PILOT, one["pilot"]), (_UNDER, one["under"]))
        if side and side["n"]
    ]
    offset = {"yOffset": {"field": "of", "sort": [_PILOT, _UNDER]}}
    colour = {
        "color": {
            "field": "of",
            "type": "nominal",
            "scale": {"domain": [_PILOT, _UNDER], "range": list(COLOURS[:2])},
        }
    }
    names = [one["name"] for one in report["parts"]]
    return _intervals(rows, "words", "answers with nothing wrong", names, {**offset, **colour}, step=24)


def _intervals(
    rows: Sequence[Mapping[str, Any]],
    field: str,
    title: str,
    order: Sequence[str],
    more: Mapping[str, Any] | None = None,
    step: int = 30,
) -> dict[str, Any]:
    room = room_for(order)
    y = {"field": field, "type": "nominal", "sort": list(order), "axis": {"title": None, "minExtent": room}}
    x = {"type": "quantitative", "axis": {"title": title, "format": ".0%"}, "scale": {"domain": [0, 1]}}
    colour = {} if more else {"color": COLOURS[0]}
    return {
        "width": WIDTH - room,
        "height": {"step": step},
        "data": {"values": list(rows)},
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": 2, **colour},
                "encoding": {"y": y, "x": {"field": "low", **x}, "x2": {"field": "high"}, **(more or {})},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1, **colour},
                "encoding": {"y": y, "x": {"field": "value", **x}, **(more or {})},
            },
        ],
    }
