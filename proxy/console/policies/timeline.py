"""When which document holds, as a chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from proxy.console.charts import COLOURS, WIDTH, room_for
from proxy.corpus.documents import Document
from proxy.corpus.validity import Validity

MOST_SHOWN = 60  # documents; the table has all
_ROW = 26
_BEYOND = timedelta(days=120)  # that is shown before the first date and behind the last one
_FIRST, _LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
IN_FORCE, NOT_YET, OVER, ELSEWHERE = STATES = ("in force", "not yet", "ended or superseded", "for others")
_STATE_COLOURS = [COLOURS[2], COLOURS[0], COLOURS[4], COLOURS[1]]


@dataclass(frozen=True, slots=True)
class Row:
    """A document with what holds of it at the moment that is looked at."""

    document: Document
    validity: Validity

    @property
    def state(self) -> str:
        why = self.validity.why
        if self.validity.in_force:
            return IN_FORCE
        if why.startswith("not yet"):
            return NOT_YET
        return OVER if why.startswith(("no longer", "superseded")) else ELSEWHERE


def timeline(rows: Sequence[Row], at: datetime) -> dict[str, Any]:
    """A bar for each document from its first moment to its last; what has none begins or ends at the chart's edge."""
    shown = rows[:MOST_SHOWN]
    dates = [
        date for row in shown for date in (row.document.effective_from, row.document.effective_to) if date
    ]
    first = max(min([at, *dates]), _FIRST + _BEYOND) - _BEYOND
    last = min(max([at, *dates]), _LAST - _BEYOND) + _BEYOND
    bars = [
        {
            "document": row.document.id,
            "from": (row.document.effective_from or first).isoformat(),
            "to": (row.document.effective_to or last).isoformat(),
            "state": row.state,
        }
        for row in shown
    ]
    room = room_for(row.document.id for row in shown)
    y = {"field": "document", "type": "nominal", "sort": None, "axis": {"title": None, "minExtent": room}}
    x = {"field": "from", "type": "temporal", "axis": {"title": None, "format": "%Y-%m", "tickCount": 6}}
    color = {"field": "state", "type": "nominal", "scale": {"domain": list(STATES), "range": _STATE_COLOURS}}
    return {
        "width": WIDTH - room,
        "height": {"step": _ROW},
        "layer": [
            {
                "data": {"values": bars},
                "mark": {"type": "bar", "height": {"band": 0.6}},
                "encoding": {"y": y, "x": x, "x2": {"field": "to"}, "color": color},
            },
            {
                "data": {"values": [{"at": at.isoformat()}]},
                "mark": {"type": "rule", "strokeDash": [4, 3]},
                "encoding": {"x": {"field": "at", "type": "temporal"}},
            },
        ],
    }
