"""What the codes of a rehearsal's report are called on its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from proxy.console.answers.path import DONE
from proxy.ledger.rehearsal.register import RehearsalReport

SOURCES = {
    "suite": "the pilot",
    "live": "live traffic",
    "results": "the pilot, played",
    "under": "the pilot, played under what production does",
    "before": "the pilot, played by the other version",
    "came": "live traffic, played",
    "documents": "the policy documents",
    "policies": "routes and rules",
    "criteria": "the criteria of go or no-go",
    "recovery": "failures put right in time",
}
KNOWN_BY = {"results": "labelled traffic that was played"}
WORDS: Mapping[str, Any] = {"decisions": DONE, "sources": SOURCES, "known_by": KNOWN_BY}


def measures(reports: Sequence[RehearsalReport]) -> dict[str, str]:
    """What the measures of these reports are called, by name; the newest report, which comes first, says it."""
    oldest_first = (kept.report.get("predicted", ()) for kept in reversed(reports))
    return {one["measure"]: one["words"] for predicted in oldest_first for one in predicted}
