"""A recall of what was found by meaning: somebody says that it was wrong, and each answer becomes a failure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from proxy.corpus.documents import Risk
from proxy.ledger.ledger import Ledger
from proxy.ledger.recall.records import Finding, Outcome, Recall, RecallState
from proxy.ledger.references import new_recall_reference
from proxy.recovery.recall.delivered import sentence_at
from proxy.recovery.recall.finding import Found, Sentence
from proxy.recovery.recall.rechecking import Rechecker, policy_of
from proxy.recovery.recall.telling import DETECTED, tell_failures


def open_found(
    ledger: Ledger,
    text: str,
    found: Found,
    rechecker: Rechecker,
    risks: Mapping[str, Risk],
    *,
    why: str,
    actor: str,
    tenant: str,
    now: datetime,
) -> Recall:
    """Open a recall of all the answers that say it, and tell a failure of each. Raises LedgerError, VerifierError.

    What policy says instead is looked for once for each wording; ``risks`` are the documents' by their ids.
    """
    findings = sorted(
        _findings(ledger, found, rechecker, why), key=lambda one: (one.said_at, one.response_id)
    )
    by_answer: dict[str, list[Finding]] = {}
    for one in findings:
        by_answer.setdefault(one.response_id, []).append(one)
    recall = Recall(
        ref=new_recall_reference(),
        at=now,
        actor=actor,
        what={"because": why, "asked": text, "as": DETECTED},
        total=len(by_answer),
        tenant=tenant,
    )
    ledger.recalls.begin(recall)
    records = ledger.answers_by_id(list(by_answer))
    for response_id, own in by_answer.items():
        if (record := records.get(response_id)) is None:
            continue
        told = tell_failures(ledger, recall, {response_id: record}, own, frozenset(), risks, now)
        cursor = record.created_at, response_id
        recall = ledger.recalls.go_on(recall, cursor, 1, {Outcome.WRONG_THEN: len(told)}, told)
    return ledger.recalls.end(recall, RecallState.DONE, now)


def _findings(ledger: Ledger, found: Found, rechecker: Rechecker, why: str) -> Iterator[Finding]:
    for sentence in found.sentences:
        policy = _policy(ledger, sentence, rechecker)
        for place in sentence.places:
            yield Finding(
                response_id=place.response_id,
                choice=place.choice,
                begins=place.begins,
                ends=place.ends,
                said_at=place.at,
                outcome=Outcome.WRONG_THEN,
                customer_id=place.customer_id,
                conversation_id=place.conversation_id,
                reason=why,
                **policy,
            )


def _policy(ledger: Ledger, sentence: Sentence, rechecker: Rechecker) -> Mapping[str, str | None]:
    place = sentence.places[0]
    record = ledger.answer(place.response_id)
    piece = record and sentence_at(record, place.choice, place.begins, place.ends)
    return policy_of(rechecker.evidence(record, piece)) if record and piece else {}
