"""Launch, launch with people in front, or hold: one decision a segment, from what was shown.

A criterion is met where the exact one-sided bound (Clopper and Pearson 1934) is on the right side of its limit, broken
where the other bound is on the wrong side, and else undecided, with the number of cases that would decide it. A segment
is launched only where *all* criteria are met, so that asking several of them makes a wrong launch no likelier (an
intersection-union test: Berger, Technometrics 24, 1982). Each segment is a decision of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from proxy.intervals import Rate, beta_cdf
from proxy.rules.launch_options import AtLeast, AtMost, Criteria, LaunchOptions

_MOST_CASES = 100_000  # what needs more than these is not decided by counting


class Launch(StrEnum):
    LAUNCH = "launch"
    WITH_PEOPLE = "launch with people in front"
    HOLD = "hold"


class Shown(StrEnum):
    MET = "met"
    BROKEN = "broken"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Judged:
    """One criterion of a segment: ``alone`` against the limit of automation, ``with_people`` against the looser one.

    ``needed`` is how many cases would decide it at the share seen so far; None where it is decided, or where
    100,000 would not do.
    """

    criterion: str
    seen: Rate
    limit: float
    alone: Shown
    with_people: Shown
    needed: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    segment: str
    launch: Launch
    judged: tuple[Judged, ...]
    reasons: tuple[str, ...]


def decide(segment: str, seen: Mapping[str, Rate], gaps: int, options: LaunchOptions) -> Decision:
    """``seen`` has the hits and n of each criterion by name; one that is missing was not looked at, and holds."""
    criteria = options.of(segment)
    judged = tuple(
        _judge(name, seen.get(name, Rate(0, 0)), limit, criteria.min_n, options.confidence)
        for name, limit in criteria.limits()
    )
    reasons = tuple(_reasons(judged, gaps, criteria))
    if all(each.alone is Shown.MET for each in judged) and gaps <= criteria.gaps_allowed:
        return Decision(segment, Launch.LAUNCH, judged, reasons)
    if all(each.with_people is Shown.MET for each in judged):
        return Decision(segment, Launch.WITH_PEOPLE, judged, reasons)
    return Decision(segment, Launch.HOLD, judged, reasons)


def _reasons(judged: tuple[Judged, ...], gaps: int, criteria: Criteria) -> Iterator[str]:
    yield from (each.text for each in judged if each.alone is not Shown.MET)
    if gaps > criteria.gaps_allowed:
        yield (
            f"{gaps} gap{'s' if gaps > 1 else ''} between suite and production, {criteria.gaps_allowed} allowed:"
            " what was not rehearsed is not known"
        )


def _judge(name: str, seen: Rate, limit: AtMost | AtLeast, min_n: int, confidence: float) -> Judged:
    strict = limit.most if isinstance(limit, AtMost) else limit.least
    loose = strict if limit.with_people is None else limit.with_people
    highest = isinstance(limit, AtMost)
    alone, with_people = (
        Shown.UNDECIDED if seen.n < min_n else _shown(seen.hits, seen.n, each, highest, confidence)
        for each in (strict, loose)
    )
    needed = None
    if alone is Shown.UNDECIDED:
        at_this_share = cases_needed(seen.share, strict, highest, confidence)
        needed = None if at_this_share is None else max(min_n, at_this_share)
    words = f"{name}: {alone}, {_counts(seen)}, {'at most' if highest else 'at least'} {strict:.1%} asked"
    if alone is Shown.UNDECIDED:
        words += (
            "; the share seen is so near the limit that 100,000 cases would not decide it"
            if needed is None
            else f"; {needed:,} cases would decide it at this share"
        )
    return Judged(name, seen, strict, alone, with_people, needed, words)


def _shown(hits: float, n: float, limit: float, highest: bool, confidence: float) -> Shown:
    """Whether the exact bounds are on one side of the limit; counts need not be whole."""
    # The upper bound is within the limit where so much of its beta distribution is; likewise the lower one.
    below = hits < n and beta_cdf(limit, hits + 1, n - hits) >= confidence
    above = hits > 0 and beta_cdf(limit, hits, n - hits + 1) <= 1 - confidence
    met, broken = (below or limit >= 1, above) if highest else (above or limit <= 0, below)
    return Shown.MET if met else Shown.BROKEN if broken else Shown.UNDECIDED


def cases_needed(share: float | None, limit: float, highest: bool, confidence: float) -> int | None:
    """How many cases decide at this share; without any yet, the fewest there can be (all of them well).

    None where more than 100,000 would be.
    """
    seen = (0.0 if highest else 1.0) if share is None else share
    low, high = 1, 1
    while _shown(seen * high, high, limit, highest, confidence) is Shown.UNDECIDED:
        low, high = high, 2 * high
        if high > _MOST_CASES:
            return None
    while low < high:
        middle = (low + high) // 2
        if _shown(seen * middle, middle, limit, highest, confidence) is Shown.UNDECIDED:
            low = middle + 1
        else:
            high = middle
    return high


def _counts(seen: Rate) -> str:
    return f"{seen.hits:,} of {seen.n:,} ({seen.share:.1%})" if seen.share is not None else "nothing seen"
