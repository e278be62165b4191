"""Two live weeks held against each other, by the distances that hold a suite against production."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from proxy.corpus.embeddings import TextEmbedder
from proxy.ledger.ledger import Ledger
from proxy.ledger.recall.recalls import Which
from proxy.rehearsal.canary.assignment import place_of
from proxy.rehearsal.realism.compare import Compared, Realism, realism
from proxy.rehearsal.realism.of_suite import traffic_of
from proxy.rehearsal.realism.traffic import Traffic
from proxy.rehearsal.recording import assembled
from proxy.rehearsal.sources.ledger import ledger as exchanges
from proxy.rehearsal.sources.source import Exchange, Given

# Weeks are compared every day, so that a test at 5% would call for a rehearsal about every third week by chance alone.
LEVEL = 0.01
DEALS = 1999  # the least p-value that they can show, over all dimensions, is below the level
MOST_ANSWERS = 10_000  # of a week that are read into memory: of more, a share of the conversations
LEAST = 50  # conversations a week: of fewer, hardly any change could be shown


class TooLittle(ValueError):
    """One of the weeks has too few conversations; the text says which."""


@dataclass(frozen=True, slots=True)
class Drift:
    """``realism`` holds the week ``before`` (as the suite) against the one that ended at ``until``."""

    until: datetime
    days: int
    before: int
    now: int
    realism: Realism

    @property
    def changed(self) -> tuple[Compared, ...]:
        return tuple(one for one in self.realism.dimensions if one.adjusted_p < LEVEL)

    @property
    def summary(self) -> str | None:
        """What has changed, in words, and what to do; None where no change is shown."""
        if not self.changed:
            return None
        named = ", ".join(one.words for one in self.changed)
        return f"live traffic has changed: {named}; record it and rehearse anew (cxai rehearse record --from ledger)"

    @property
    def grown(self) -> list[tuple[str, str]]:
        """What there is more of, by the dimension that has changed. Of topics a customer's message is quoted."""
        names = {one.name for one in self.changed}
        return [
            (gap.dimension, gap.text("the last days'", "time before"))
            for gap in self.realism.gaps
            if gap.dimension in names
        ]


def weeks(
    ledger: Ledger, tenant: str, embedder: TextEmbedder, until: datetime, *, days: int = 7, seed: int = 0
) -> Drift:
    """The ``days`` before ``until`` against as many before them. Raises TooLittle, LedgerError."""
    middle = until - timedelta(days=days)
    before = _traffic("the time before", ledger, tenant, embedder, middle - timedelta(days=days), middle)
    now = _traffic("the last days", ledger, tenant, embedder, middle, until)
    counts = [len(set(traffic.conversations.tolist())) for traffic in (before, now)]
    for traffic, count in zip((before, now), counts, strict=True):
        if count < LEAST:
            raise TooLittle(
                f"{traffic.name} ({days} days) have {count} conversations with a question that is kept; "
                f"it takes {LEAST} to compare"
            )
    return Drift(until, days, counts[0], counts[1], realism(before, now, count=DEALS, seed=seed))


def _traffic(
    name: str, ledger: Ledger, tenant: str, embedder: TextEmbedder, since: datetime, until: datetime
) -> Traffic:
    given = Given(ledger=ledger, tenant=tenant, since=since, until=until)
    answers = ledger.recalls.count(Which(tenant, since, until))
    share = MOST_ANSWERS / max(answers, MOST_ANSWERS)
    return traffic_of(name, assembled(_drawn(exchanges(given), share), {}), embedder)


def _drawn(every: Iterator[Exchange], share: float) -> Iterator[Exchange]:
    """A share of the conversations, each as a whole."""
    return (one for one in every if place_of("drift", one.conversation) < share)
