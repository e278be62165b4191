"""What we found, beside what there is: how many failures were detected, by whom, and of how many there must be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from proxy.ledger.failures.columns import FailureColumns
from proxy.ledger.failures.records import AI, Kind, Source
from proxy.recovery.measures.figure import TOO_FEW, Figure, Unit, share


@dataclass(frozen=True, slots=True)
class Estimated:
    """How many answers that were delivered in the period are wrong, from ``n`` of a random sample that people reviewed.

    ``share`` is that of ``population`` delivered answers; ``low`` and ``high`` bound it at 95%.
    """

    share: float
    low: float
    high: float
    n: int
    population: int

    @property
    def failures(self) -> float:
        return self.share * self.population


@dataclass(frozen=True, slots=True)
class Detected:
    """``found`` wrong answers, and which ``share`` that is of all there are by the estimate; None without one."""

    found: int
    n: int
    share: float | None = None
    low: float | None = None
    high: float | None = None
    estimated: Estimated | None = None


def detected(failures: FailureColumns, estimated: Estimated | None) -> Detected:
    """Of wrong answers alone: only they are estimated by the sample."""
    found = int(((failures.kind == Kind.WRONG_CLAIM) & (failures.author == AI)).sum())
    if estimated is None or estimated.failures <= 0:
        return Detected(found, estimated.n if estimated else 0, estimated=estimated)
    low, high = (
        found / (bound * estimated.population) if bound else None for bound in (estimated.high, estimated.low)
    )
    return Detected(
        found,
        estimated.n,
        min(1.0, found / estimated.failures),
        min(1.0, low or 0.0),
        1.0 if high is None else min(1.0, high),
        estimated,
    )


def detected_share(found: Detected) -> Figure:
    name = "detected_share"
    if found.estimated is None:
        return Figure(
            name, None, Unit.SHARE, None, 0, note="nobody has reviewed a random sample of this time's answers"
        )
    of = found.estimated
    low, high = (bound * of.population for bound in (of.low, of.high))
    note = (
        f"{found.found:,} found of an estimated {of.failures:,.0f} ({low:,.0f} to {high:,.0f}) wrong answers, "
        f"by {of.n:,} reviewed of {of.population:,}"
    )
    if found.found > high:
        note += "; more were found than the sample says there are: it is not random, or failures are counted twice"
    if found.n < TOO_FEW or found.share is None:
        return Figure(name, None, Unit.SHARE, None, found.n, note=note)
    method = "from the estimate's interval"
    return Figure(
        name, None, Unit.SHARE, found.share, found.n, found.low, found.high, method=method, note=note
    )


def escaped(estimated: Estimated | None) -> Figure:
    """How many delivered answers are wrong, as the random sample has it."""
    name = "escaped_rate"
    if estimated is None or estimated.n < TOO_FEW:
        return Figure(name, None, Unit.SHARE, None, estimated.n if estimated else 0)
    bounds = estimated.low, estimated.high
    return Figure(
        name, None, Unit.SHARE, estimated.share, estimated.n, *bounds, method="weighted, Korn and Graubard"
    )


def by_source(failures: FailureColumns) -> Iterator[Figure]:
    """Whether we found them first, or their customers did; then each source."""
    n = len(failures)
    ours = int((failures.detected_by != Source.CUSTOMER).sum())
    yield share("detected_by_us", ours, n)
    for source in Source:
        found = int((failures.detected_by == source).sum())
        if found:
            yield share("detected_by", found, n, of=source)
