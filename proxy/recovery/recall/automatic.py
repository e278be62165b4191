"""When the documents change, past answers are judged again by themselves: once, whichever replica sees it first.

The work is done by ``cxai recall check`` in a process of its own, with less right to the processor than answers have.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import structlog

from proxy.corpus.corpus import Corpus
from proxy.corpus.live import LiveCorpus
from proxy.ledger.ledger import Ledger, LedgerError
from proxy.ledger.recall.recalls import UnknownRecall, Which
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
_NOTHING_FOUND, _FOUND = 0, 1  # how the command exits


@dataclass(frozen=True, slots=True)
class WatchedCorpus:
    """A tenant's documents, and the options that name them to a command."""

    tenant: str
    corpus: LiveCorpus
    options: tuple[str, ...]


def begun_by_change(ledger: Ledger, plan: Plan, tenant: str, found_as: str, now: datetime) -> Recall | None:
    """The recall of these documents: begun now, or left before. None where it is done, or no answer needs it."""
    ref = recall_reference_for(tenant, plan.digest)
    with suppress(UnknownRecall):
        known = ledger.recalls.get(ref, tenant=tenant)
        return known if known.state == RecallState.RUNNING else None
    versions = ledger.recalls.changed_versions(tenant, plan.hashes)
    if not versions:
        return None
    which = Which(tenant, versions=versions)
    told = {"actor": ACTOR, "because": CORPUS_CHANGED, "found_as": found_as, "ref": ref}
    return begin(ledger, which, plan, now=now, **told)


async def watch_documents(
    ledger: Ledger, watched: Sequence[WatchedCorpus], database_url: str, options: RecallOptions
) -> None:
    """Judge again when documents have changed, until cancelled."""
    seen: dict[str, Corpus] = {}
    judged: dict[str, Corpus] = {}
    while options.on_corpus_change != "off":
        for one in watched:
            current = one.corpus.current
            is_settled = seen.get(one.tenant) is current
            seen[one.tenant] = current
            if not is_settled or judged.get(one.tenant) is current:
                continue
            with suppress(LedgerError):
                if await in_thread(_is_due, ledger, one.tenant, current):
                    await _judge(one, database_url, options)
                judged[one.tenant] = current
        await asyncio.sleep(LOOK_EVERY_S)


def _is_due(ledger: Ledger, tenant: str, corpus: Corpus) -> bool:
    """Whether there are answers by other documents, and nobody has judged them by these."""
    hashes = {document.id: document.content_hash for document in corpus.documents}
    with suppress(UnknownRecall):
        known = ledger.recalls.get(recall_reference_for(tenant, digest_of(hashes)), tenant=tenant)
        return known.state == RecallState.RUNNING
    return bool(ledger.recalls.changed_versions(tenant, hashes))


async def _judge(one: WatchedCorpus, database_url: str, options: RecallOptions) -> None:
    """Raises nothing: what went wrong is logged, and tried again at the next change or start."""
    command = ["recall", "check", "--automatic", "--tenant", one.tenant, "--workers", "1", *one.options]
    command += ["--propose"] if options.on_corpus_change == "propose" else []
    ran = await run_niced(command, database_url)
    if ran.status in (_NOTHING_FOUND, _FOUND):
        log.info("past answers judged again", tenant=one.tenant, result=ran.out.strip())
    else:
        log.error("past answers could not be judged again", tenant=one.tenant, error=ran.err.strip()[-500:])
