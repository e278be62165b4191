"""How far people who reviewed the same answer blind agree: Krippendorff's alpha, with a bootstrap interval.

Krippendorff, "Content Analysis", 4th ed., 2019, chapter 12: 1 is perfect agreement, 0 what chance gives; below 0.667
he advises against drawing even tentative conclusions. The interval resamples whole items, whose claims are not
independent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from proxy.ledger.reviews.outcomes import VERDICTS
from proxy.ledger.reviews.records import SEEDED, Review

LEAST_ALPHA = 0.667
_RESAMPLES = 1_000
_SEED = 20260101  # the same reviews, the same interval


@dataclass(frozen=True, slots=True)
class Agreement:
    """``alpha`` with its 95% interval over ``claims`` of ``items`` that two or more judged blind.

    ``same`` is the share of pairs of verdicts that are the same. ``alpha`` is None where nothing differs at all, or
    nothing was judged twice: then there is nothing to compare with chance.
    """

    alpha: float | None
    low: float | None
    high: float | None
    claims: int
    items: int
    same: float | None


def agreement(reviews: Sequence[Review]) -> Agreement:
    """Over the first, blind verdicts of finished reviews; seeded items are left out."""
    counts = _counts(reviews)
    units = np.concatenate(counts) if counts else np.zeros((0, len(VERDICTS)), dtype=int)
    alpha = _alpha(units)
    low, high = _interval(counts) if alpha is not None else (None, None)
    return Agreement(alpha, low, high, len(units), len(counts), _same(units))


def _counts(reviews: Sequence[Review]) -> list[Any]:
    """By item an array (claims judged at least twice, verdicts): how often each verdict was given."""
    said: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for review in reviews:
        if review.finished and review.item.kind not in SEEDED:
            for claim, verdict in review.first.items():
                said[review.item.id][claim].append(verdict)
    arrays = []
    for claims in said.values():
        twice = [verdicts for verdicts in claims.values() if len(verdicts) > 1]
        if twice:
            arrays.append(np.array([[told.count(verdict) for verdict in VERDICTS] for told in twice]))
    return arrays


def _alpha(units: Any) -> float | None:
    """Units is an array (claims, verdicts) of counts."""
    if len(units) == 0 or np.count_nonzero(units.sum(axis=0)) < 2:
        return None
    from krippendorff import alpha

    return float(alpha(value_counts=units, level_of_measurement="nominal"))


def _interval(counts: Sequence[Any]) -> tuple[float, float]:
    """The middle 95% of alpha over items drawn anew; a draw in which nothing differs agrees perfectly.

    Alpha of nominal data is ``1 - (n - 1) * observed / sum over v of n_v * (n - n_v)``, whose sums are over items: a
    draw only weighs them anew.
    """
    random = np.random.default_rng(_SEED)
    drawn = random.multinomial(len(counts), np.full(len(counts), 1 / len(counts)), size=_RESAMPLES)
    observed = drawn @ np.array([_disagreement(units) for units in counts])
    of_verdict = drawn @ np.array([units.sum(axis=0) for units in counts])
    n = of_verdict.sum(axis=1)
    expected = (of_verdict * (n[:, None] - of_verdict)).sum(axis=1)
    alphas = np.where(expected > 0, 1 - (n - 1) * observed / np.maximum(expected, 1), 1.0)
    low, high = np.quantile(alphas, (0.025, 0.975))
    return float(low), float(high)


def _disagreement(units: Any) -> float:
    """What an item adds to the observed disagreement: its pairs of verdicts that differ."""
    judged = units.sum(axis=1)
    return float(((units * (judged[:, None] - units)).sum(axis=1) / (judged - 1)).sum())


def _same(units: Any) -> float | None:
    pairs = (units.sum(axis=1) * (units.sum(axis=1) - 1)).sum()
    return float((units * (units - 1)).sum() / pairs) if pairs else None
