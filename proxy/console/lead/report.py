"""The month as one HTML file that needs nothing else: what the page *Lead* shows, to be sent and kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from proxy.console.charts import as_data, svg
from proxy.console.frame import environment
from proxy.console.lead.lived import change_days, diverging, measured
from proxy.console.lead.trend import trend_chart


def month_report(found: Mapping[str, Any], title: str, made_at: datetime) -> str:
    """``found`` is what ``cxai recovery lead`` tells of the month, with its ``scorecard``. All texts are escaped."""
    pictures = {scheme: as_data(svg(trend_chart(found), scheme)) for scheme in ("light", "dark")}
    return (
        environment()
        .get_template("lead/report.html")
        .render(
            title=title,
            made_at=made_at,
            found=found,
            divergences=diverging(found),
            usual=measured(found, "usual"),
            lived=measured(found, "lived"),
            at_present=measured(found, "now"),
            changes=change_days(found),
            card=found["scorecard"],
            pictures=pictures,
        )
    )
