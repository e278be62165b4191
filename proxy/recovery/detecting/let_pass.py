"""What the guard found after the fact: where it only watches, or annotates what has left already."""

from __future__ import annotations

from collections.abc import Iterator

from proxy.ledger.failures.records import FailureEvent, Kind, Source, Step
from proxy.ledger.records import DecisionRecord, JsonObject, models_sentence
from proxy.ledger.reviews.outcomes import CONTRADICTED, UNSUPPORTED
from proxy.recovery.detecting.look import CXAI, Found, Look, failure_of, found


def let_pass(look: Look) -> Iterator[Found]:
    """A contradicted claim that left is a failure. An unsupported one may be: no document speaks of it."""
    for record in look.signs.let_pass(look.tenant, look.since):
        claim = _worst(record)
        if claim is not None:
            is_sure = claim["verdict"] == CONTRADICTED
            yield found(
                failure_of(
                    record,
                    Kind.WRONG_CLAIM,
                    text=models_sentence(claim),
                    topic=_evidence(claim).get("document"),
                ),
                FailureEvent(
                    key="guard",
                    step=Step.DETECTED if is_sure else Step.PROPOSED,
                    at=look.now,
                    actor=CXAI,
                    source=Source.GUARD,
                    data={"severity": _risk(claim, look), **_evidence(claim), "mode": record.mode},
                    note=claim.get("reason"),
                ),
            )


def _worst(record: DecisionRecord) -> JsonObject | None:
    return next(
        (
            one
            for verdict in (CONTRADICTED, UNSUPPORTED)
            for one in record.claims
            if one.get("verdict") == verdict
        ),
        None,
    )


def _risk(claim: JsonObject, look: Look) -> str:
    evidence = next(iter(claim.get("evidence") or ()), None)
    return look.risk_of(str(evidence.get("document"))) if evidence else "medium"


def _evidence(claim: JsonObject) -> JsonObject:
    evidence: JsonObject = next(iter(claim.get("evidence") or ()), {})
    return {name: evidence[name] for name in ("document", "section") if evidence.get(name)}
