"""When the documents change, past answers are judged again by themselves: once, whichever replica sees it first.

The work is done by ``cxai recall check`` in a process of its own, with less right to the processor than answers have.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from proxy.corpus.corpus import Corpus
from proxy.corpus.live import LiveCorpus
from proxy.ledger.ledger import Ledger, LedgerError
from proxy.ledger.recall.recalls import Which
from proxy.ledger.recall.records import Recall, RecallState
from proxy.ledger.references import recall_reference_for
from proxy.niced import run_niced
from proxy.recovery.recall.bench import Plan, digest_of
from proxy.recovery.recall.job import begin
from proxy.recovery.recall.options import RecallOptions
from proxy.threads import in_thread

log = structlog.get_logger(__name__)
CORPUS_CHANGED = "the corpus changed"
ACTOR = "cxai"
LOOK_EVERY_S = 15.0  # documents have to stand still from one look to the next: deployments come file by file
LATE = timedelta(minutes=10)  # an answer may take minutes: by then after it was asked it is recorded
_NOTHING_FOUND, _FOUND = 0, 1  # how the command exits


@dataclass(frozen=True, slots=True)
class WatchedCorpus:
    """A tenant's documents, and the options that name them to a command."""

    tenant: str
    corpus: LiveCorpus
    options: tuple[str, ...]


def begun_by_change(ledger: Ledger, plan: Plan, tenant: str, found_as: str, now: datetime) -> Recall | None:
    """The recall of these documents: begun now, or left before. None where it is done, or no answer needs it."""
    last = ledger.recalls.last_by_change(plan.digest, tenant=tenant)
    if last is not None and last.state == RecallState.RUNNING:
        return last
    which = _unjudged(ledger, tenant, plan.hashes, last)
    if which is None:
        return None
    ref = recall_reference_for(tenant, plan.digest, after=last.ref if last else "")
    told = {"actor": ACTOR, "because": CORPUS_CHANGED, "found_as": found_as, "ref": ref}
    lately = ledger.recalls.count(replace(_by_others(ledger, tenant, plan.hashes, now - LATE), until=now))
    return begin(ledger, which, plan, now=now, noted={"lately": lately}, **told)


def _unjudged(ledger: Ledger, tenant: str, hashes: Mapping[str, str], last: Recall | None) -> Which | None:
    """The answers by other documents that the last recall by these has not judged; None where there are none.

    After it, that is what was said while other documents stood again, or still did in some replica; and what was asked
    shortly before it, and recorded when it had passed: more than the ``lately`` that were there when it began.
    """
    if last is None:
        every = _by_others(ledger, tenant, hashes)
        return every if every.versions else None
    with_late_ones = _by_others(ledger, tenant, hashes, last.at - LATE)
    before = ledger.recalls.count(replace(with_late_ones, until=last.at))
    if before > last.what.get("lately", math.inf):
        return with_late_ones
    since_then = _by_others(ledger, tenant, hashes, last.at)
    return since_then if ledger.recalls.count(since_then) else None


def _by_others(
    ledger: Ledger, tenant: str, hashes: Mapping[str, str], since: datetime | None = None
) -> Which:
    """The answers of a tenant's since a time that were given by other documents than these."""
    return Which(tenant, since, versions=ledger.recalls.changed_versions(tenant, hashes, since))


async def watch_documents(
    ledger: Ledger, watched: Sequence[WatchedCorpus], database_url: str, options: RecallOptions
) -> None:
    """Judge again when documents have changed, until cancelled.

    They are looked at once they stand still, and once more when the answers that were under way then are recorded.
    """
    seen: dict[str, Corpus] = {}
    looks: dict[str, list[float]] = {}  # when to look at what was seen, by the clock of the event loop
    clock = asyncio.get_running_loop().time
    while options.on_corpus_change != "off":
        for one in watched:
            current = one.corpus.current
            if seen.get(one.tenant) is not current:
                seen[one.tenant], looks[one.tenant] = current, [clock(), clock() + LATE.total_seconds()]
                continue
            due = looks[one.tenant]
            if not due or due[0] > clock():
                continue
            with suppress(LedgerError):
                if await in_thread(_is_due, ledger, one.tenant, current):
                    await _judge(one, database_url, options)
                due.pop(0)
        await asyncio.sleep(LOOK_EVERY_S)


def _is_due(ledger: Ledger, tenant: str, corpus: Corpus) -> bool:
    """Whether there are answers by other documents, and nobody has judged them by these."""
    hashes = {document.id: document.content_hash for document in corpus.documents}
    last = ledger.recalls.last_by_change(digest_of(hashes), tenant=tenant)
    is_left = last is not None and last.state == RecallState.RUNNING
    return is_left or _unjudged(ledger, tenant, hashes, last) is not None


async def _judge(one: WatchedCorpus, database_url: str, options: RecallOptions) -> None:
    """Raises nothing: what went wrong is logged, and tried again at the next change or start."""
    command = ["recall", "check", "--automatic", "--tenant", one.tenant, "--workers", "1", *one.options]
    command += ["--propose"] if options.on_corpus_change == "propose" else []
    ran = await run_niced(command, database_url)
    if ran.status in (_NOTHING_FOUND, _FOUND):
        log.info("past answers judged again", tenant=one.tenant, result=ran.out.strip())
    else:
        log.error("past answers could not be judged again", tenant=one.tenant, error=ran.err.strip()[-500:])
