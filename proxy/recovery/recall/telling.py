"""What a recall found is told as failures: one for each answer with sentences that were wrong when they were said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from proxy.corpus.documents import Risk
from proxy.grounding.types import Label
from proxy.grounding.values.finding import values_of
from proxy.grounding.values.units import ValueKind
from proxy.ledger.answers.observed import LETTING_PASS
from proxy.ledger.failures.incidents import incident_of
from proxy.ledger.failures.records import AI, HUMAN, Cause, Failure, FailureEvent, Kind, Source, Step
from proxy.ledger.failures.telling import FailureStepRefused
from proxy.ledger.ledger import Ledger
from proxy.ledger.recall.records import Finding, Outcome, Recall
from proxy.ledger.records import DecisionRecord, JsonObject
from proxy.recovery.detecting.look import failure_of
from proxy.recovery.recall.delivered import is_persons, sentence_at

PROPOSED, DETECTED = "proposed", "detected"


def tell_failures(
    ledger: Ledger,
    recall: Recall,
    records: Mapping[str, DecisionRecord],
    found: Sequence[Finding],
    stopped_now: frozenset[tuple[int, int]],
    risks: Mapping[str, Risk],
    now: datetime,
) -> list[Finding]:
    """Tell those of an answer's findings that were wrong then, and return all with their failure. Raises LedgerError.

    What a person wrote is that person's failure, what the model wrote the chatbot's. A contradicted sentence is
    detected; one that nothing supports is proposed, since the policy may say it in words that were not found.
    ``what["as"]`` of the recall may have all of them proposed.
    """
    wrong = [one for one in found if one.outcome == Outcome.WRONG_THEN]
    if not wrong:
        return list(found)
    record = records[wrong[0].response_id]
    of_kind: dict[Kind, list[Finding]] = {}
    for one in wrong:
        of_kind.setdefault(_kind(record, one), []).append(one)
    told = {
        kind: _tell(
            ledger,
            _failure(recall, kind, record, own),
            _events(recall, kind, record, own, stopped_now, risks, now),
        )
        for kind, own in of_kind.items()
    }
    return [
        replace(one, failure_id=told[_kind(record, one)]) if one.outcome == Outcome.WRONG_THEN else one
        for one in found
    ]


def _kind(record: DecisionRecord, wrong: Finding) -> Kind:
    """By who wrote it: a person, or the model."""
    persons = is_persons(record, wrong.choice, wrong.begins, wrong.ends)
    return Kind.WRONG_HUMAN_ANSWER if persons else Kind.WRONG_CLAIM


def _events(
    recall: Recall,
    kind: Kind,
    record: DecisionRecord,
    wrong: Sequence[Finding],
    stopped_now: frozenset[tuple[int, int]],
    risks: Mapping[str, Risk],
    now: datetime,
) -> list[FailureEvent]:
    detects = recall.what.get("as") != PROPOSED and any(_is_certain(one) for one in wrong)
    step = Step.DETECTED if detects else Step.PROPOSED
    events = [_event(recall, step, now, _known(kind, record, wrong, risks), source=Source.RECALL)]
    # No guard stops what a person sends.
    stopped = kind is Kind.WRONG_CLAIM and all((one.choice, one.begins) in stopped_now for one in wrong)
    if detects and stopped:
        data = {"corpus_version": recall.what.get("corpus_version")}
        events.append(_event(recall, Step.CONTAINED, now, data, note="today's documents do not let it pass"))
    return events


def _tell(ledger: Ledger, failure: Failure, events: Sequence[FailureEvent]) -> str:
    """Where others know more of it, what cannot follow there is left out."""
    try:
        failure_id, _ = ledger.failures.tell(failure, *events)
    except FailureStepRefused as refused:
        failure_id = refused.failure_id
        if len(events) > 1:
            return _tell(ledger, failure, events[:-1])
    return failure_id


def _is_certain(finding: Finding) -> bool:
    return finding.label_then == Label.CONTRADICTED or finding.label_then is None


def _failure(recall: Recall, kind: Kind, record: DecisionRecord, wrong: Sequence[Finding]) -> Failure:
    pieces = [sentence_at(record, one.choice, one.begins, one.ends) for one in wrong]
    return failure_of(
        record,
        kind,
        author=HUMAN if kind is Kind.WRONG_HUMAN_ANSWER else AI,
        incident=incident_of(recall.ref),
        text=" ".join(piece.text for piece in pieces if piece) or None,
    )


def _known(
    kind: Kind, record: DecisionRecord, wrong: Sequence[Finding], risks: Mapping[str, Risk]
) -> JsonObject:
    """Severity by the document's risk, and the largest amount that was named."""
    found = [risks.get(one.document or "", Risk.MEDIUM) for one in wrong]
    order = list(Risk)
    amounts = [
        value
        for one in wrong
        if (piece := sentence_at(record, one.choice, one.begins, one.ends))
        for value in values_of(piece.text)
        if value.kind is ValueKind.MONEY
    ]
    most = max(amounts, key=lambda value: value.amount, default=None)
    money = {"amount": float(most.amount), "currency": most.unit} if most else {}
    return {
        "severity": str(max(found, key=order.index)),
        "cause": str(_cause(kind, record)),
        "response_id": record.response_id,
        **money,
    }


def _cause(kind: Kind, record: DecisionRecord) -> Cause:
    if kind is Kind.WRONG_HUMAN_ANSWER:
        return Cause.PERSON
    return Cause.PROVIDER if record.mode in LETTING_PASS else Cause.UNKNOWN


def _event(
    recall: Recall,
    step: Step,
    at: datetime,
    data: JsonObject,
    *,
    source: Source | None = None,
    note: str | None = None,
) -> FailureEvent:
    told = {name: value for name, value in data.items() if value is not None}
    return FailureEvent(f"recall:{recall.ref}:{step}", step, at, recall.actor, source, told, note)
