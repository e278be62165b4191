"""The job that judges past answers again: begun once, gone on with from wherever it was left, part by part.

recall = begin(ledger, which, plan, actor=..., now=...)
for progress in run(ledger, recall, plan, Processes(partial(Bench, plan))): ...

What a part came to is durable before the next one counts, and failures have keys: a part that is judged twice, since
the process was killed in between, makes nothing twice.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from proxy.corpus.documents import Risk
from proxy.jobs.forecast import Forecast, forecast
from proxy.jobs.pools import Pool
from proxy.ledger.ledger import Ledger
from proxy.ledger.recall.recalls import Which
from proxy.ledger.recall.records import Finding, Recall, RecallState
from proxy.ledger.records import JsonObject
from proxy.ledger.references import new_recall_reference
from proxy.recovery.recall.bench import Plan
from proxy.recovery.recall.rechecking import Rechecked
from proxy.recovery.recall.telling import tell_failures

RecallPool = Pool[Sequence[str], list[Rechecked]]  # parts are ids of answers
PART = 25  # answers
_PARTS_SEEN = 200  # of the last ones the forecast is made


class DocumentsChanged(Exception):
    """Today's documents are others than those that a recall was begun with."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a recall is. ``forecast`` is None while too little is done."""

    recall: Recall
    forecast: Forecast | None = None


def begin(
    ledger: Ledger,
    which: Which,
    plan: Plan,
    *,
    actor: str,
    now: datetime,
    because: str,
    found_as: str,
    ref: str | None = None,
    noted: JsonObject | None = None,
) -> Recall:
    """Note what is to be looked at again, and by which documents, and what else is ``noted``. Raises LedgerError.

    Answers that are given from ``now`` on are not looked at: they were held against today's documents.
    """
    which = replace(which, until=min(which.until or now, now))
    recall = Recall(
        ref=ref or new_recall_reference(),
        at=now,
        actor=actor,
        what=_what(which, plan, because, found_as) | (noted or {}),
        total=ledger.recalls.count(which),
        tenant=which.tenant,
    )
    ledger.recalls.begin(recall)
    return recall


def run(
    ledger: Ledger,
    recall: Recall,
    plan: Plan,
    pool: RecallPool,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    before_end: Callable[[Recall], object] | None = None,
) -> Iterator[Progress]:
    """Go on with a recall to its end, telling after each part how far it is.

    ``before_end`` belongs to it: a recall that is stopped in it is to be gone on with, and it is called again.
    Raises LedgerError, VerifierError, and DocumentsChanged where it was begun with other documents.
    """
    if recall.what["documents"] != plan.digest:
        raise DocumentsChanged(
            f"recall {recall.ref} was begun with other documents than there are now; begin a new one"
        )
    which = which_of(recall)
    spent: deque[tuple[int, float]] = deque(maxlen=_PARTS_SEEN)
    places: dict[str, datetime] = {}
    for part, (came_to, seconds) in pool.results(_parts(ledger, recall, which, places)):
        found = list(_told(ledger, recall, came_to, plan.risks, now()))
        counts: Counter[str] = Counter()
        for one in came_to:
            counts.update(one.counts)
        last = part[-1]
        recall = ledger.recalls.go_on(recall, (places.pop(last), last), len(part), counts, found)
        spent.append((len(part), seconds))
        yield Progress(recall, forecast(spent, recall.total - recall.done, pool.at_once))
    if before_end is not None:
        before_end(recall)
    yield Progress(ledger.recalls.end(recall, RecallState.DONE, now()))


def which_of(recall: Recall) -> Which:
    """Which answers a recall looks at."""
    what = recall.what
    since, until = (datetime.fromisoformat(what[name]) if what.get(name) else None for name in _TIMES)
    versions = what.get("versions")
    return Which(
        recall.tenant, since, until, what.get("document"), None if versions is None else tuple(versions)
    )


_TIMES = "since", "until"


def _what(which: Which, plan: Plan, because: str, found_as: str) -> JsonObject:
    told: JsonObject = {
        "because": because,
        "as": found_as,
        "documents": plan.digest,
        "document": which.document,
        "versions": None if which.versions is None else list(which.versions),
        **{name: at.isoformat() if (at := getattr(which, name)) else None for name in _TIMES},
    }
    return {name: value for name, value in told.items() if value is not None}


def _parts(
    ledger: Ledger, recall: Recall, which: Which, places: dict[str, datetime]
) -> Iterator[Sequence[str]]:
    """The parts that are still to be done; ``places`` keeps when the last answer of each was given."""
    after = (recall.cursor_at, recall.cursor_id) if recall.cursor_at and recall.cursor_id else None
    while rows := ledger.recalls.answers_after(which, after, PART):
        at, last = after = rows[-1]
        places[last] = at
        yield [response_id for _, response_id in rows]


def _told(
    ledger: Ledger,
    recall: Recall,
    came_to: Iterable[Rechecked],
    risks: Mapping[str, Risk],
    now: datetime,
) -> Iterator[Finding]:
    """The findings, with the failures that were told of them."""
    with_findings = [one for one in came_to if one.found]
    records = ledger.answers_by_id([one.response_id for one in with_findings])
    for one in with_findings:
        if one.response_id in records:
            yield from tell_failures(ledger, recall, records, one.found, one.stopped_now, risks, now)
