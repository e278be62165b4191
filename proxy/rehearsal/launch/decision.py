"""Launch, launch with people in front, or hold: one decision a segment, from what was shown.

A criterion is met where the exact one-sided bound (Clopper and Pearson 1934) is on the right side of its limit, broken
where the other bound is on the wrong side, and else undecided, with the number of cases that would decide it at the
share seen so far, and how. A segment is launched only where *all* criteria are met, so that asking several of them
makes a wrong launch no likelier (an intersection-union test: Berger, Technometrics 24, 1982). Each segment is a
decision of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from proxy.intervals import beta_cdf
from proxy.rehearsal.counted import NOTHING, Counted
from proxy.rules.launch_options import AtLeast, AtMost, Criteria, LaunchOptions

WORDS = {  # of the criteria, for people
    "unsupported_delivered": "answers delivered with something false",
    "wrongful_block": "true answers kept back",
    "recovery": "failures put right in time",
}
_ALL_WELL = {  # cases of a criterion that has none yet
    "unsupported_delivered": "answers with nothing false",
    "wrongful_block": "true answers that are all delivered",
    "recovery": "failures that are all put right in time",
}
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
class Limit:
    """What is seen against one limit.

    ``needed`` is how many cases in all would decide it at the share seen so far; None where it is decided, or where
    100,000 would not do. ``is_beyond``: so far the share is on the wrong side, so that they would show it broken.
    """

    share: float
    shown: Shown
    needed: int | None
    is_beyond: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """One criterion of a segment: ``alone`` against the limit of automation, ``with_people`` against the looser one.

    ``is_most``: the limits are the highest shares, not the lowest.
    """

    criterion: str
    seen: Counted
    is_most: bool
    alone: Limit
    with_people: Limit

    @property
    def bound(self) -> str:
        return "at most" if self.is_most else "at least"

    @property
    def text(self) -> str:
        alone, with_people = self.to_come
        words = (
            f"{WORDS[self.criterion]}: {self.alone.shown}, {_counts(self.seen)}, "
            f"{self.bound} {self.alone.share:.1%} asked"
        )
        if self.alone.shown is Shown.UNDECIDED:
            words += f"; {alone}"
        return f"{words}; with people in front {with_people}" if with_people else words

    @property
    def to_come(self) -> tuple[str, str | None]:
        """What is decided, or more cases would decide; then of the looser limit, where that is not said by it."""
        strict, loose = self.alone, self.with_people
        is_said = loose.share == strict.share or (loose.needed == strict.needed and not strict.is_beyond)
        return self._to_come(strict), None if is_said else self._to_come(loose)

    def _to_come(self, limit: Limit) -> str:
        within = f"{self.bound} {limit.share:.1%}"
        beyond = f"{'over' if self.is_most else 'under'} {limit.share:.1%}"
        if limit.shown is not Shown.UNDECIDED:
            return f"decided: {within if limit.shown is Shown.MET else beyond}"
        if limit.needed is None:
            return f"so near {limit.share:.1%} that {_MOST_CASES:,} cases would not decide it"
        if not self.seen.n:
            return f"{limit.needed:,} {_ALL_WELL[self.criterion]} would show {within}"
        more = f"{limit.needed - self.seen.n:,} more like these would"
        return (
            f"{beyond} so far; {more} show that it is not by chance"
            if limit.is_beyond
            else f"{more} show {within}"
        )


@dataclass(frozen=True, slots=True)
class Decision:
    segment: str
    launch: Launch
    judged: tuple[Judged, ...]
    reasons: tuple[str, ...]


def decide(segment: str, seen: Mapping[str, Counted], gaps: int, options: LaunchOptions) -> Decision:
    """``seen`` has what was counted of each criterion by name; one that is missing was not looked at, and holds.

    Cases of one conversation count as what they are worth.
    """
    criteria = options.of(segment)
    judged = tuple(
        _judge(name, seen.get(name, NOTHING), limit, criteria.min_n, options.confidence)
        for name, limit in criteria.limits()
    )
    reasons = tuple(_reasons(judged, gaps, criteria))
    if all(each.alone.shown is Shown.MET for each in judged) and gaps <= criteria.gaps_allowed:
        return Decision(segment, Launch.LAUNCH, judged, reasons)
    if all(each.with_people.shown is Shown.MET for each in judged):
        return Decision(segment, Launch.WITH_PEOPLE, judged, reasons)
    return Decision(segment, Launch.HOLD, judged, reasons)


def _reasons(judged: tuple[Judged, ...], gaps: int, criteria: Criteria) -> Iterator[str]:
    yield from (each.text for each in judged if each.alone.shown is not Shown.MET)
    if gaps > criteria.gaps_allowed:
        yield (
            f"{gaps} gap{'s' if gaps > 1 else ''} between suite and production, {criteria.gaps_allowed} allowed:"
            " what was not rehearsed is not known"
        )


def _judge(name: str, seen: Counted, limit: AtMost | AtLeast, min_n: int, confidence: float) -> Judged:
    highest = isinstance(limit, AtMost)
    strict = limit.most if isinstance(limit, AtMost) else limit.least
    loose = strict if limit.with_people is None else limit.with_people
    alone, with_people = (_against(share, seen, highest, min_n, confidence) for share in (strict, loose))
    return Judged(name, seen, highest, alone, with_people)


def _against(limit: float, seen: Counted, highest: bool, min_n: int, confidence: float) -> Limit:
    shown = _shown_by(seen, limit, highest, min_n, confidence)
    is_beyond = seen.n > 0 and (seen.share > limit if highest else seen.share < limit)
    needed = None
    if shown is Shown.UNDECIDED:
        at_this_share = cases_needed(seen.share if seen.n else None, limit, highest, confidence)
        if at_this_share is not None:
            needed = math.ceil(max(1 if is_beyond else min_n, at_this_share) * seen.n_for_each_worth)
    return Limit(limit, shown, needed, is_beyond)


def _shown_by(seen: Counted, limit: float, highest: bool, min_n: int, confidence: float) -> Shown:
    """Fewer than ``min_n`` cases meet nothing, however good; what is broken by a few is broken."""
    shown = _shown(seen.share * seen.worth, seen.worth, limit, highest, confidence)
    return Shown.UNDECIDED if shown is Shown.MET and seen.worth < min_n else shown


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


def _counts(seen: Counted) -> str:
    if not seen.n:
        return "nothing seen"
    alike = f", which tell as much as {seen.worth:,.0f} alone" if seen.worth < seen.n else ""
    return f"{seen.hits:,} of {seen.n:,} ({seen.share:.1%}){alike}"
