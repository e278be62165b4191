"""A figure as it is shown: never a bare percentage, and where too few cases tell, that is what it says."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from proxy.intervals import Change, Rate

TOO_FEW = 10  # cases below which a share or a median is not told


class Unit(StrEnum):
    SHARE = "share"
    POINTS = "points"  # a difference of two shares
    SECONDS = "seconds"
    COUNT = "count"
    MONEY = "money"
    RATIO = "ratio"


_COUNTED = (Unit.COUNT, Unit.MONEY, Unit.RATIO)  # no share of cases, so that no number of cases is too few


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a measure; ``of`` is the part that it is about (a severity, a source), None for all of it.

    ``which`` tells a measure's figures of the same part from one another: ``median``, ``p90``.
    ``value`` with its 95% interval from ``low`` to ``high``, in ``unit``; ``value`` is None where too few of ``n``
    cases tell, or where it is ``not_reached``. ``method`` names where the interval comes from; ``note`` says in words
    what is left out, and why.
    """

    measure: str
    of: str | None
    unit: Unit
    value: float | None
    n: int
    low: float | None = None
    high: float | None = None
    hits: int | None = None
    method: str = ""
    note: str = ""
    not_reached: bool = False
    currency: str | None = None
    which: str = ""

    @property
    def too_few(self) -> bool:
        return self.unit not in _COUNTED and self.n < TOO_FEW

    @property
    def text(self) -> str:
        """The figure in words, with its n and its interval."""
        return "".join(self._words()) + (f"; {self.note}" if self.note else "")

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "too_few": self.too_few, "text": self.text}

    def _words(self) -> Iterator[str]:
        if self.unit is Unit.COUNT:
            yield f"{self.value:,.0f}" if self.value is not None else "not known"
        elif self.unit is Unit.MONEY:
            yield (
                f"{self.value:,.2f} {self.currency or ''}".rstrip() if self.value is not None else "not known"
            )
        elif self.unit is Unit.RATIO:
            yield f"{self.value:.2f}" if self.value is not None else "nothing to tell it by"
        elif self.n == 0:
            yield "no cases"
        elif self.too_few:
            yield f"too few cases: {'' if self.hits is None else f'{self.hits} of '}{self.n}"
        elif self.not_reached:
            yield f"not reached{self._interval()}, {self.n:,} cases"
        elif self.value is None:
            yield f"not known, {self.n:,} cases"
        else:
            points = " points" if self.unit is Unit.POINTS else ""
            yield f"{_shown(self.value, self.unit)}{points}{self._interval()}"
            yield f", {self.n:,} cases" if self.hits is None else f", {self.hits:,} of {self.n:,}"

    def _interval(self) -> str:
        if self.low is None and self.high is None:
            return ""
        low = "0" if self.low is None else _shown(self.low, self.unit)
        high = "not reached" if self.high is None else _shown(self.high, self.unit)
        return f" ({low} to {high})"


def share(measure: str, hits: int, n: int, of: str | None = None, *, note: str = "") -> Figure:
    """A share of whole cases, with Wilson's interval."""
    rate = Rate(hits, n)
    if n < TOO_FEW:
        return Figure(measure, of, Unit.SHARE, None, n, hits=hits, note=note)
    return Figure(measure, of, Unit.SHARE, rate.share, n, rate.low, rate.high, hits, "Wilson", note)


def count(measure: str, number: int, of: str | None = None, *, note: str = "") -> Figure:
    return Figure(measure, of, Unit.COUNT, float(number), number, note=note)


def difference(measure: str, of: str | None, before: Rate, after: Rate) -> Figure:
    """``after - before`` of two shares, with Newcombe's interval."""
    change, n = Change(before, after), min(before.n, after.n)
    if n < TOO_FEW:
        return Figure(measure, of, Unit.POINTS, None, n)
    low, high = change.interval
    return Figure(measure, of, Unit.POINTS, change.difference, n, low, high, None, "Newcombe")


def in_words(seconds: float) -> str:
    """``40 s``, ``12 min``, ``3.5 h``, ``6.0 days``."""
    for name, size in (("days", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if abs(seconds) >= size * (2 if name == "days" else 1):
            return f"{seconds / size:.1f} {name}"
    return f"{seconds:.0f} s"


def length_in_words(length: timedelta) -> str:
    return in_words(length.total_seconds())


def _shown(value: float, unit: Unit) -> str:
    if unit is Unit.SECONDS:
        return in_words(value)
    percent = 100 * value
    if unit is Unit.POINTS:
        return f"{percent:+.1f}"
    # Nearly all is not all: what is not whole is never rounded to it.
    if 99.95 <= percent < 100 or 0 < percent < 0.05:
        return f"{math.floor(percent * 100) / 100:.2f}%" if percent > 1 else f"{percent:.2g}%"
    return f"{percent:.1f}%"
