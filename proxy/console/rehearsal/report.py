"""A rehearsal's report as one HTML file that needs nothing else, to be sent and kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from proxy.console.charts import as_data, svg
from proxy.console.frame import environment
from proxy.console.rehearsal.charts import ladder, ladder_chart, parts_chart
from proxy.console.rehearsal.words import WORDS

GOOD = "good"  # the measure that the picture is of


def rehearsal_report(found: Mapping[str, Any], made_at: datetime) -> str:
    """``found`` is a report as JSON (``proxy.rehearsal.report.told``). All texts are escaped."""
    specs = {"ladder": ladder_chart(headline(found)), "parts": parts_chart(found)}
    pictures = {
        name: {scheme: as_data(svg(spec, scheme)) for scheme in ("light", "dark")}
        for name, spec in specs.items()
    }
    template = environment().get_template("rehearsal/report.html")
    return template.render(
        title=f"Rehearsal of {found['suite']}",
        made_at=made_at,
        found=found,
        good=headline(found),
        ladder=ladder,
        pictures=pictures,
        **WORDS,
    )


def headline(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """The share of answers with nothing wrong."""
    good: Mapping[str, Any] = next(one for one in found["predicted"] if one["measure"] == GOOD)
    return good
