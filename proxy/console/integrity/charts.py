"""The pictures of the integrity page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from proxy.console.charts import COLOURS, WIDTH, room_for
from proxy.intervals import Rate
from proxy.review.figures import HourFigures

_HEIGHT = 180


def by_hour(hours: Sequence[HourFigures]) -> dict[str, Any]:
    """How the catch rate, with its interval, and the pace go with the hours since a shift began."""
    rows = [
        {
            "hour": one.hour + 1,
            "share": one.caught.share,
            "low": one.caught.low,
            "high": one.caught.high,
            "seconds": one.median_s,
        }
        for one in hours
    ]
    x = {"field": "hour", "type": "ordinal", "axis": {"title": "hour of the shift", "labelAngle": 0}}
    return {
        "data": {"values": rows},
        "hconcat": [
            {"width": WIDTH / 2 - 60, "height": _HEIGHT, "layer": _caught(x)},
            {"width": WIDTH / 2 - 60, "height": _HEIGHT, **_seconds(x)},
        ],
    }


def by_person(rates: Sequence[tuple[str, Rate]]) -> dict[str, Any]:
    """Each person's catch rate with its interval."""
    rows = [
        {"who": who, "share": rate.share, "low": rate.low, "high": rate.high} for who, rate in rates if rate.n
    ]
    room = room_for(who for who, rate in rates if rate.n)
    y = {"field": "who", "type": "nominal", "sort": None, "axis": {"title": None, "minExtent": room}}
    return {
        "width": WIDTH - room,
        "height": {"step": 26},
        "data": {"values": rows},
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": 2, "color": COLOURS[0]},
                "encoding": {"y": y, "x": _share("low", "seeded errors caught"), "x2": {"field": "high"}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 70, "color": COLOURS[0]},
                "encoding": {"y": y, "x": _share("share", "seeded errors caught")},
            },
        ],
    }


def _caught(x: dict[str, Any]) -> list[dict[str, Any]]:
    seen = {"transform": [{"filter": "datum.share !== null"}]}
    return [
        {
            **seen,
            "mark": {"type": "rule", "strokeWidth": 2, "color": COLOURS[0]},
            "encoding": {"x": x, "y": _share("low", "seeded errors caught"), "y2": {"field": "high"}},
        },
        {
            **seen,
            "mark": {"type": "line", "point": {"filled": True, "size": 60}, "color": COLOURS[0]},
            "encoding": {"x": x, "y": _share("share", "seeded errors caught")},
        },
    ]


def _seconds(x: dict[str, Any]) -> dict[str, Any]:
    scale = {"zero": True}
    y = {
        "field": "seconds",
        "type": "quantitative",
        "scale": scale,
        "axis": {"title": "seconds a review (median)"},
    }
    return {"mark": {"type": "line", "point": True, "color": COLOURS[1]}, "encoding": {"x": x, "y": y}}


def _share(field: str, title: str) -> dict[str, Any]:
    axis = {"title": title, "format": ".0%"}
    return {"field": field, "type": "quantitative", "scale": {"domain": [0, 1]}, "axis": axis}
