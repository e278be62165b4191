"""A report as JSON: what the page shows, what the ledger keeps, and what ``--json`` prints."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from proxy.rehearsal.counted import Counted
from proxy.rehearsal.launch.decision import WORDS, Decision, Judged
from proxy.rehearsal.realism.dimensions import DIMENSIONS
from proxy.rehearsal.report.predicting import Predicted
from proxy.rehearsal.report.report import Part, Report

_PLACES = 6  # of shares: the last bits of a double differ between machines


def as_json(found: Report) -> dict[str, Any]:
    """Shares are from 0 to 1; every interval is ``low`` and ``high``, of 95%."""
    comparison = found.comparison
    told = {
        "suite": found.suite,
        "live": found.live,
        "seed": found.seed,
        "way": found.way,
        "made_from": dict(found.made_from),
        "conversations": found.conversations,
        "answers": found.answers,
        "unjudged": found.unjudged,
        "predicted": [_predicted(one) for one in found.predicted],
        "parts": [_part(one) for one in found.parts],
        "effects": [asdict(one) for one in found.effects],
        "realism": {
            "dimensions": [
                {
                    "name": one.name,
                    "words": one.words,
                    "differs": one.differs,
                    "verdict": one.verdict,
                    "distance": one.apart.distance,
                    "by_chance": one.apart.by_chance,
                    "p_value": one.adjusted_p,
                    "suite_n": one.suite_n,
                    "live_n": one.live_n,
                }
                for one in found.realism.dimensions
            ],
            "unknown": list(found.realism.unknown),
            "unknown_words": [one.words for one in DIMENSIONS if one.name in found.realism.unknown],
            "score": found.realism.score.text if found.realism.score else None,
        },
        "gaps": [asdict(one) for one in found.gaps],
        "decisions": [_decision(one) for one in found.decisions],
        "worst": [asdict(one) for one in found.worst],
        "comparison": None if comparison is None else {**asdict(comparison), "text": comparison.text},
    }
    rounded: dict[str, Any] = _rounded(told)
    return rounded


def _counted(one: Counted) -> dict[str, Any]:
    low, high = one.interval
    share = one.share if one.n else None
    return {"hits": one.hits, "n": one.n, "worth": one.worth, "share": share, "low": low, "high": high}


def _predicted(one: Predicted) -> dict[str, Any]:
    found = one.forecast
    return {
        "measure": one.measure,
        "words": one.words,
        "pilot": _counted(found.pilot),
        "steps": [asdict(step) for step in found.steps],
        "unseen": list(found.unseen),
        "unseen_text": found.unseen_text,
        "came": None if one.came is None else _counted(one.came),
        "held": one.held,
    }


def _part(one: Part) -> dict[str, Any]:
    under = None if one.under is None else _counted(one.under)
    return {"name": one.name, "live_share": one.live_share, "pilot": _counted(one.pilot), "under": under}


def _decision(one: Decision) -> dict[str, Any]:
    return {
        "segment": one.segment,
        "launch": str(one.launch),
        "reasons": list(one.reasons),
        "judged": [_judged(each) for each in one.judged],
    }


def _judged(one: Judged) -> dict[str, Any]:
    to_come, to_come_with_people = one.to_come
    return {
        "criterion": one.criterion,
        "words": WORDS[one.criterion],
        "seen": _counted(one.seen),
        "bound": one.bound,
        "limit": one.alone.share,
        "limit_with_people": one.with_people.share,
        "alone": str(one.alone.shown),
        "with_people": str(one.with_people.shown),
        "needed": one.alone.needed,
        "to_come": to_come,
        "to_come_with_people": to_come_with_people,
    }


def _rounded(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: _rounded(value) for name, value in told.items()}
    if isinstance(told, list | tuple):
        return [_rounded(value) for value in told]
    return round(told, _PLACES) if isinstance(told, float) else told
