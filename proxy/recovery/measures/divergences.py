"""Where the usual numbers are well and customers are not: in sentences, each with the failures that it rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from proxy.ledger.failures.columns import FailureColumns, Flags
from proxy.ledger.failures.records import CONFIRMED, NO_REPEAT_CONTACT, Kind, Source
from proxy.recovery.measures.budget import targets
from proxy.recovery.measures.figure import TOO_FEW, Figure, in_words
from proxy.recovery.measures.period import Period

GREEN = 0.9  # a share from which a dashboard would show it so
SHOWN = 20  # failures that are named


@dataclass(frozen=True, slots=True)
class Divergence:
    """``text`` sets a usual number against what customers lived through; it rests on ``count`` failures.

    Some of them are named, the newest first; ``which`` is what a list of all of them is filtered by.
    """

    kind: str
    text: str
    usual: str
    lived: str
    count: int
    failures: tuple[str, ...]
    which: dict[str, Any] = field(default_factory=dict)


Figures = Mapping[tuple[str, str | None, str], Figure]


def divergences(period: Period, figures: Sequence[Figure]) -> list[Divergence]:
    """Those that hold, those of most failures first."""
    known = {(one.measure, one.of, one.which): one for one in figures}
    found = [one for rule in _RULES for one in rule(period, known)]
    return sorted(found, key=lambda one: -one.count)


def _returned(period: Period, known: Figures) -> Iterator[Divergence]:
    of_it = period.failures.kind == Kind.RETURNED_TO_AUTOMATION
    if not of_it.any():
        return
    back = period.failures.where(of_it)
    customers = len({one for one in back.customer_id if one is not None}) or len(back)
    who = "customer with an open complaint was" if customers == 1 else "customers with open complaints were"
    text = f"{_green(known)}, yet {customers:,} {who} sent back to automation; {_median(back)}"
    yield _of(
        "returned",
        period,
        of_it,
        text,
        "approval_rate",
        "returned_customers",
        {"kind": str(Kind.RETURNED_TO_AUTOMATION)},
    )


def _undetected(period: Period, known: Figures) -> Iterator[Divergence]:
    share = known.get(("detected_share", None, ""))
    if share is None or share.value is None or share.high is None or share.high >= GREEN:
        return
    of_it = period.failures.kind == Kind.WRONG_CLAIM
    bounds = f"{share.low:.0%} to {share.high:.0%}"
    text = f"{_green(known)}, yet we know of only {share.value:.0%} ({bounds}) of the wrong answers"
    yield _of(
        "undetected",
        period,
        of_it,
        f"{text}: {share.note}",
        "approval_rate",
        "detected_share",
        {"kind": str(Kind.WRONG_CLAIM)},
    )


def _customers_first(period: Period, known: Figures) -> Iterator[Divergence]:
    of_it = period.failures.detected_by == Source.CUSTOMER
    number, n = int(of_it.sum()), len(period.failures)
    if not number or 2 * number < n:
        return
    text = f"{_green(known)}, yet of {n:,} failures customers told us of {number:,} before we saw them"
    yield _of("customers_first", period, of_it, text, "approval_rate", "detected_by_us", {})


def _overdue(period: Period, known: Figures) -> Iterator[Divergence]:
    failures = period.failures
    is_late = period.at - failures.occurred_at > targets(failures, period.options)
    of_it = is_late & np.isnan(failures.corrected_at) & np.isnan(failures.ended_at)
    if not of_it.any():
        return
    oldest = in_words(period.at - float(failures.occurred_at[of_it].min()))
    number = int(of_it.sum())
    are = "failure is" if number == 1 else "failures are"
    text = f"{_automation(known)}, yet {number:,} {are} past the target and not put right; the oldest for {oldest}"
    yield _of("overdue", period, of_it, text, "automation_share", "corrected_in_time", {"is_open": True})


def _by_silence(period: Period, known: Figures) -> Iterator[Divergence]:
    restored = ~np.isnan(period.failures.restored_at)
    of_it = restored & (period.failures.restored_how == NO_REPEAT_CONTACT)
    confirmed = int((restored & (period.failures.restored_how == CONFIRMED)).sum())
    number = int(of_it.sum())
    if number < TOO_FEW or number < confirmed:
        return
    every = number + confirmed
    text = f"Of {every:,} failures that count as restored, {number:,} rest on silence; {confirmed:,} were confirmed"
    yield _of(
        "by_silence", period, of_it, text, "approval_rate", "recovery_rate_quiet", {"status": "restored"}
    )


def _promises(period: Period, known: Figures) -> Iterator[Divergence]:
    of_it = period.failures.kind == Kind.BROKEN_PROMISE
    if not of_it.any():
        return
    number = int(of_it.sum())
    what = "promise" if number == 1 else "promises"
    found = _median(period.failures.where(of_it))
    text = f"{_automation(known)}, yet {number:,} {what} to customers not kept; {found}"
    yield _of(
        "promises", period, of_it, text, "automation_share", "promises", {"kind": str(Kind.BROKEN_PROMISE)}
    )


_RULES: tuple[Callable[[Period, Figures], Iterator[Divergence]], ...] = (
    _returned,
    _undetected,
    _customers_first,
    _overdue,
    _by_silence,
    _promises,
)


def _of(
    kind: str, period: Period, of_it: Flags, text: str, usual: str, lived: str, which: dict[str, Any]
) -> Divergence:
    newest = np.argsort(-period.failures.occurred_at[of_it], kind="stable")[:SHOWN]
    names = period.failures.failure_id[of_it][newest].tolist()
    return Divergence(kind, f"{text}.", usual, lived, int(of_it.sum()), tuple(names), which)


def _green(known: Figures) -> str:
    """The approval rate in a few words; without reviews, how many answers automation gave."""
    approval = known.get(("approval_rate", None, ""))
    if approval is None or approval.value is None:
        return _automation(known)
    return f"Approval {approval.value:.1%} of {approval.n:,}"


def _automation(known: Figures) -> str:
    found, volume = known.get(("automation_share", None, "")), known.get(("volume", None, ""))
    if found is None or found.value is None:
        return f"{volume.n if volume else 0:,} answers"
    return f"Automation {found.value:.1%} of {found.n:,} answers"


def _median(failures: FailureColumns) -> str:
    """Of all that are found; what nobody has found yet is in no such number."""
    believed = failures.where(~failures.doubtful)
    if len(believed) < TOO_FEW:
        return f"too few ({len(believed)}) to tell how soon they were found"
    waited = np.maximum(believed.detected_at - believed.occurred_at, 0.0)
    return f"median {in_words(float(np.median(waited)))} to detection"
