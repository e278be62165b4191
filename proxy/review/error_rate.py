"""How many of the answers that were delivered are wrong, estimated from the sample that people reviewed.

Horvitz and Thompson, "A generalization of sampling without replacement from a finite universe", JASA 47, 1952; the
ratio form is Hájek's (1971). The interval is Korn and Graubard's, "Confidence intervals for proportions with small
expected number of positive counts estimated from survey data", Survey Methodology 24, 1998: the exact binomial one, of
as many answers as would tell as much if they had been drawn alike.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from proxy.intervals import clopper_pearson
from proxy.ledger.reviews.outcomes import is_wrong
from proxy.ledger.reviews.records import SAMPLED, Review, ReviewDraw
from proxy.review.figures import Figures


@dataclass(frozen=True, slots=True)
class Estimate:
    """``share`` (Hájek) with its 95% interval, from ``n`` answers that tell as much as ``effective_n`` drawn alike."""

    share: float
    low: float
    high: float
    horvitz_thompson: float
    n: int
    effective_n: float


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """Of ``population`` delivered answers ``drawn`` were drawn; ``reviewed`` of these are settled, ``wrong`` so.

    ``estimate`` is None while nothing is reviewed. ``corrected`` allows for what reviewers miss and for what they stop
    without need, as seeded items tell it; None where too few were seeded.
    """

    population: int
    drawn: int
    reviewed: int
    unsettled: int
    wrong: int
    estimate: Estimate | None
    corrected: float | None


def estimate(observed: Sequence[tuple[bool, float]], population: int) -> Estimate | None:
    """From ``(is it wrong, how many answers it stands for)`` of each that was reviewed; a weight is 1 or more.

    Hájek: ``sum(w * y) / sum(w)``; Horvitz-Thompson: ``sum(w * y) / population``. Variance of the former:
    ``sum(w**2 * (1 - 1/w) * (y - share)**2) / sum(w)**2``.
    """
    total = sum(weight for _, weight in observed)
    if not observed or total <= 0:
        return None
    wrong = sum(weight for is_wrong, weight in observed if is_wrong)
    share = wrong / total
    variance = sum(w * (w - 1) * (is_wrong - share) ** 2 for is_wrong, w in observed) / total**2
    kish = total**2 / sum(w * w for _, w in observed)  # what unequal weights leave, whatever was observed
    alike = share * (1 - share) / variance if 0 < share < 1 and variance > 0 else kish
    size = min(alike, float(len(observed)))  # no sample tells more than if all had been drawn alike
    low, high = clopper_pearson(share * size, size)
    return Estimate(share, low, high, wrong / population if population else 0.0, len(observed), size)


def error_rate(
    draws: Sequence[ReviewDraw], reviews: Sequence[Review], team: Figures | None = None
) -> ErrorRate | None:
    """The error rate of answers delivered in the periods of ``draws``; None where nothing was drawn from.

    What people wrote is not the chatbot's: it counts nowhere here.
    """
    draws = [one for one in draws if one.population]
    if not draws:
        return None
    outcomes = _outcomes(draws, reviews)
    known = {item: wrong for item, (_, wrong) in outcomes.items() if wrong is not None}
    weights = _weights(draws, {item: risk for item, (risk, _) in outcomes.items() if item in known})
    population = sum(one.population for one in draws)
    found = estimate([(wrong, weights[item]) for item, wrong in known.items()], population)
    return ErrorRate(
        population=population,
        drawn=sum(one.drawn for one in draws),
        reviewed=len(known),
        unsettled=len(outcomes) - len(known),
        wrong=sum(known.values()),
        estimate=found,
        corrected=corrected(found.share, team) if found and team else None,
    )


def corrected(share: float, team: Figures) -> float | None:
    """What the share would be if reviewers missed nothing and stopped nothing that is true.

    ``(share - (1 - passed)) / (caught - (1 - passed))`` (Rogan and Gladen, Am. J. Epidemiology 107, 1978), as far as
    seeded errors are as hard to see as real ones.
    """
    sees, passes = team.caught.share, team.passed.share
    if sees is None or passes is None or sees + passes <= 1:
        return None
    return min(1.0, max(0.0, (share - (1 - passes)) / (sees + passes - 1)))


def _outcomes(draws: Sequence[ReviewDraw], reviews: Iterable[Review]) -> dict[str, tuple[str, bool | None]]:
    """By item its risk, and whether it is wrong."""
    since, until = min(one.since for one in draws), max(one.until for one in draws)
    of_item: dict[str, list[Review]] = defaultdict(list)
    for one in reviews:
        drawn = one.item.kind == SAMPLED and one.item.author is None
        if one.finished and drawn and since <= one.item.answered_at < until:
            of_item[one.item.id].append(one)
    return {item: (them[0].item.risk, is_wrong(them)) for item, them in of_item.items()}


def _weights(draws: Sequence[ReviewDraw], risks: Mapping[str, str]) -> dict[str, float]:
    """How many answers each reviewed one stands for: its risk's population over what of it is reviewed.

    That is ``1 / inclusion`` where all that was drawn is reviewed and the draw has as many as expected; it allows for
    what was drawn and is not reviewed yet, which is not the same for each risk.
    """
    population: Counter[str] = Counter()
    for draw in draws:
        for risk, stratum in draw.shares.items():
            population[risk] += stratum["population"]
    reviewed = Counter(risks.values())
    return {item: max(1.0, population[risk] / reviewed[risk]) for item, risk in risks.items()}
