"""Time to detect, contain, correct and restore: median and 90%, by severity, with what is still open counted in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from proxy.ledger.failures.columns import FailureColumns, Floats
from proxy.ledger.failures.records import CONFIRMED, NO_REPEAT_CONTACT, Severity
from proxy.recovery.measures.curves import Curve, curves, lasting
from proxy.recovery.measures.detected import Detected
from proxy.recovery.measures.figure import TOO_FEW, Figure, Unit

QUANTILES = {"median": 0.5, "p90": 0.9}
ALJ = "Aalen-Johansen, log-log"


@dataclass(frozen=True, slots=True)
class Clocked:
    """Failures whose clocks can be believed, as they are ``now``; ``doubtful`` others are left out of all times."""

    failures: FailureColumns
    doubtful: int
    now: float

    @property
    def note(self) -> str:
        return f"{self.doubtful} left out: their clocks disagree" if self.doubtful else ""

    @property
    def age(self) -> Floats:
        return self.since_occurred(np.full(len(self.failures), self.now))

    def since_occurred(self, at: Floats) -> Floats:
        """Seconds; clocks that differ by less than what makes a failure doubtful give no times below 0.

        To the microsecond, which is what is kept: equal times stay equal.
        """
        seconds: Any = np.round(np.maximum(at - self.failures.occurred_at, 0.0), 6)
        return cast(Floats, seconds)

    def restored(self, how: str) -> Floats:
        at = np.where(self.failures.restored_how == how, self.failures.restored_at, np.nan)
        return self.since_occurred(at)


def clocked(failures: FailureColumns, now: float) -> Clocked:
    return Clocked(failures.where(~failures.doubtful), int(failures.doubtful.sum()), now)


BySeverity = Sequence[tuple[str | None, Clocked]]


def by_severity(failures: FailureColumns, now: float) -> BySeverity:
    """All whose clocks can be believed (None), then those of each severity."""
    every = clocked(failures, now)
    of_each = [
        (one, Clocked(every.failures.where(every.failures.severity == one), 0, now)) for one in Severity
    ]
    return [(None, every), *of_each]


def detection(given: Clocked) -> Curve:
    return curves(*lasting([given.since_occurred(given.failures.detected_at)], given.age), causes=1)[0]


def containment(given: Clocked) -> Curve:
    return _before_the_end(given, given.failures.contained_at)


def correction(given: Clocked) -> Curve:
    return _before_the_end(given, given.failures.corrected_at)


def restoration(given: Clocked) -> tuple[Curve, Curve]:
    """Confirmed by the customer, and by silence alone: two curves, each of which keeps the other from happening."""
    until = [given.restored(CONFIRMED), given.restored(NO_REPEAT_CONTACT), _ended(given)]
    confirmed, quiet = curves(*lasting(until, given.age), causes=2)
    return confirmed, quiet


def every_curve(given: Clocked) -> dict[str, Curve]:
    """By measure."""
    confirmed, quiet = restoration(given)
    return {
        "time_to_detect": detection(given),
        "time_to_contain": containment(given),
        "time_to_correct": correction(given),
        "time_to_restore_confirmed": confirmed,
        "time_to_restore_quiet": quiet,
    }


def times(given: BySeverity, detected: Detected) -> Iterator[Figure]:
    """Each measure's median and 90%, of all and by severity; and time to detect with what was never detected."""
    for severity, those in given:
        for name, curve in every_curve(those).items():
            for which, p in QUANTILES.items():
                yield quantile(name, severity, which, p, curve, those.note)
    if detected.share is not None:
        _, every = given[0]
        yield from _of_all(detection(every), detected, every.note)


def quantile(name: str, of: str | None, which: str, p: float, curve: Curve, note: str = "") -> Figure:
    """The first time by which the curve reaches ``p``."""
    if curve.n < TOO_FEW:
        return Figure(name, of, Unit.SECONDS, None, curve.n, hits=curve.events, which=which, note=note)
    found = curve.quantile(p)
    still = f"{curve.events:,} of them so far" if curve.events < curve.n else ""
    return Figure(
        name,
        of,
        Unit.SECONDS,
        found.value,
        curve.n,
        found.low,
        found.high,
        method=ALJ,
        note="; ".join(filter(None, (still, note))),
        not_reached=found.value is None,
        which=which,
    )


def _of_all(curve: Curve, detected: Detected, note: str) -> Iterator[Figure]:
    """Of all failures that there are by the sample's estimate: a share ``d`` of them is on the curve at all.

    So that a half of all is reached where ``0.5 / d`` of the detected is, and never where ``d`` is below a half.
    """
    assert detected.share is not None
    for which, p in QUANTILES.items():
        name = "time_to_detect_of_all"
        if curve.n < TOO_FEW or detected.n < TOO_FEW:
            yield Figure(name, None, Unit.SECONDS, None, min(curve.n, detected.n), which=which, note=note)
            continue
        value, low, high = (
            curve.quantile(p / share)[place] if share else None
            for place, share in enumerate((detected.share, detected.high, detected.low))
        )
        yield Figure(
            name, None, Unit.SECONDS, value, curve.n, low, high, method=f"{ALJ}, over the detected share",
            note=note, not_reached=value is None, which=which,
        )  # fmt: skip


def _before_the_end(given: Clocked, at: Floats) -> Curve:
    return curves(*lasting([given.since_occurred(at), _ended(given)], given.age), causes=1)[0]


def _ended(given: Clocked) -> Floats:
    return given.since_occurred(given.failures.ended_at)
