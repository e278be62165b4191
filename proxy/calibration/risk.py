"""A threshold that is proven to hold a stated risk: "at most 2% of delivered claims wrong, with 95% confidence".

Learn-then-Test (Angelopoulos, Bates, Candès, Jordan & Lei, arXiv:2110.01052): each threshold is the null hypothesis
"more than ``risk`` of what it delivers is wrong", with an exact binomial p-value; they are tested in a fixed sequence
from the strictest down, and the first that is not rejected ends it. So the chance that the chosen threshold breaks
its promise is at most 1 - confidence, whatever the verifier is like.

The sequence is declared by rule and looks at scores, never at labels: thresholds are multiples of 0.001; the k-th step
is the strictest of them that delivers enough claims to be proven with k wrong ones (149, 236, 313, ... for 2% and
95%); the first step allows three wrong ones, or delivers half of what the verifier supports. Given the scores, the
wrong ones are independent with chances of their own, for which the binomial tail is a bound (Hoeffding 1956).

Thresholds are on raw scores, not on the fitted curve: the curve keeps order and has seen these labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil

import numpy as np
from scipy.stats import beta

from proxy.calibration.sample import Bools, Floats, Sample

STEP = 1_000  # thresholds are multiples of 1 / STEP
# The sequence begins at the step that allows this many wrong ones, or that delivers this share of what the verifier
# supports, whichever comes first. Begun at the very strictest, with none allowed, one wrong label would end it.
START_WRONG = 3
START_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Tested:
    """One threshold: what it delivers of the labels, how many of them are wrong, and whether that proves the risk.

    ``p_value`` and ``upper`` (Clopper-Pearson) count the rows as ``delivered / design_effect`` independent ones.
    """

    threshold: float
    delivered: int
    wrong: int
    p_value: float
    upper: float
    passed: bool


@dataclass(frozen=True, slots=True)
class RiskControl:
    """What was asked, each step of the test, and the threshold (None where nothing is proven) with the reason."""

    risk: float
    confidence: float
    threshold: float | None
    statement: str
    supported: int
    design_effect: float
    tested: tuple[Tested, ...]


def control_risk(sample: Sample, mapped: Floats, risk: float, confidence: float) -> RiskControl:
    """Choose the loosest threshold that provably holds the risk. ``mapped`` are out-of-fold probabilities, (n,)."""
    held = sample.supported
    effect = design_effect(sample, mapped)
    tested = _test(sample.scores[held], ~sample.true[held], risk, confidence, effect)
    passed = [each for each in tested if each.passed]
    chosen = passed[-1].threshold if passed else None
    supported = int(held.sum())
    words = (
        _proven(passed[-1], risk, confidence)
        if passed
        else _unproven(tested, supported, risk, confidence, effect)
    )
    return RiskControl(risk, confidence, chosen, words, supported, effect, tested)


@lru_cache(maxsize=10_000)
def needed(wrong: int, risk: float, confidence: float) -> int:
    """How many delivered claims it takes, ``wrong`` of them wrong, to prove the risk: 149 and 236 at 2% and 95%."""
    low, high = wrong + 1, wrong + 2
    while p_value(wrong, high, risk) > 1 - confidence:
        low, high = high, 2 * high
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if p_value(wrong, middle, risk) <= 1 - confidence else (middle + 1, high)
    return low


def p_value(wrong: float, delivered: float, risk: float) -> float:
    """P(at most ``wrong`` of ``delivered`` are wrong), each with probability ``risk``; counts need not be whole."""
    return float(beta.sf(risk, wrong + 1, delivered - wrong)) if delivered > wrong else 1.0


def upper_bound(wrong: float, delivered: float, confidence: float) -> float:
    """Clopper-Pearson's one-sided upper bound of the share of wrong ones."""
    return float(beta.ppf(confidence, wrong + 1, delivered - wrong)) if delivered > wrong else 1.0


def design_effect(sample: Sample, mapped: Floats) -> float:
    """By how much rows of one group count less than independent ones; 1 where each row is its own group.

    1 + (m - 1) * ICC, with m the mean group size that a row sees and the intra-class correlation (analysis of variance)
    of what the probabilities do not explain. Counts are divided by it, as Korn & Graubard (1998) do for surveys.
    """
    groups = np.unique(sample.groups, return_inverse=True)[1]
    sizes = np.bincount(groups).astype(np.float64)
    rows, count = len(sample), len(sizes)
    if count in (1, rows):
        return 1.0
    residual = sample.true - mapped
    means = np.bincount(groups, weights=residual) / sizes
    between = float(sizes @ (means - residual.mean()) ** 2) / (count - 1)
    within = float(((residual - means[groups]) ** 2).sum()) / (rows - count)
    typical = (rows - float(sizes @ sizes) / rows) / (count - 1)
    spread = between + (typical - 1) * within
    correlation = max(0.0, (between - within) / spread) if spread > 0 else 0.0
    held = np.bincount(groups[sample.supported], minlength=count).astype(np.float64)
    seen = float(held @ held) / held.sum() if held.any() else 1.0
    return 1.0 + (seen - 1.0) * correlation


def _test(scores: Floats, wrong: Bools, risk: float, confidence: float, effect: float) -> tuple[Tested, ...]:
    tested: list[Tested] = []
    for threshold in _sequence(scores, risk, confidence, effect):
        delivered = scores >= threshold
        counts = int(delivered.sum()), int(wrong[delivered].sum())
        chance = p_value(counts[1] / effect, counts[0] / effect, risk)
        upper = upper_bound(counts[1] / effect, counts[0] / effect, confidence)
        tested.append(Tested(threshold, *counts, chance, upper, chance <= 1 - confidence))
        if not tested[-1].passed:
            break
    return tuple(tested)


def _sequence(scores: Floats, risk: float, confidence: float, effect: float) -> list[float]:
    """The thresholds to test, strictest first; decided without the labels."""
    thresholds = np.arange(STEP - 1, -1, -1) / STEP
    delivered = len(scores) - np.searchsorted(np.sort(scores), thresholds, side="left")
    found: list[float] = []
    for wrong in range(len(scores)):
        count = needed(wrong, risk, confidence) * effect
        if count > len(scores):
            break
        if wrong >= START_WRONG or count >= START_SHARE * len(scores):
            found.append(float(thresholds[np.argmax(delivered >= count)]))
    return list(dict.fromkeys(found))


def _proven(last: Tested, risk: float, confidence: float) -> str:
    return (
        f"At most {_percent(risk)} of delivered claims are wrong, with {_percent(confidence)} confidence, when a claim "
        f"needs a raw score of {last.threshold:.3f}: {last.wrong} of {last.delivered} delivered labels were wrong "
        f"(upper bound {last.upper:.2%}, p = {last.p_value:.3f})."
    )


def _unproven(
    tested: tuple[Tested, ...], supported: int, risk: float, confidence: float, effect: float
) -> str:
    goal = f"at most {_percent(risk)} wrong, with {_percent(confidence)} confidence"
    ladder = [ceil(needed(wrong, risk, confidence) * effect) for wrong in (0, 1)]
    need = f"{ladder[0]} delivered labels with no error, {ladder[1]} with one"
    grouped = f" (rows of a group count 1/{effect:.1f})" if effect > 1 else ""
    if not tested:
        return (
            f"No threshold: too few labels to prove {goal}. The verifier supports {supported} of the labelled claims; "
            f"it takes {need}{grouped}."
        )
    first = tested[0]
    share = first.wrong / first.delivered
    more = (
        "More labels will not help while that share stays above the goal: correct the corpus, ask for less, or use a "
        "better verifier."
        if share >= risk
        else f"With {first.wrong} wrong it takes {ceil(needed(first.wrong, risk, confidence) * effect)}{grouped}."
    )
    return (
        f"No threshold: {goal}, is not proven. At the strictest tested, {first.threshold:.3f}, {first.wrong} of "
        f"{first.delivered} delivered labels are wrong ({share:.1%}, upper bound {first.upper:.1%}). {more}"
    )


def _percent(share: float) -> str:
    return f"{100 * share:g}%"
