"""Customers whom people held and automation answered all the same, as the ledger notes them (ledger/returned.py).

A note may be withdrawn: it turns out that people held nothing then. Then it was no failure.
"""

from __future__ import annotations

from collections.abc import Iterator

from proxy.ledger.customers.contacts import ContactKind
from proxy.ledger.failures.records import Cause, FailureEvent, Kind, Severity, Source, Step
from proxy.recovery.detecting.look import CXAI, Found, Look, failure_of, found


def sent_back(look: Look) -> Iterator[Found]:
    notes = look.signs.contacts(look.tenant, [ContactKind.RETURNED_TO_AUTOMATION], look.since)
    answers = look.signs.answers(look.tenant, [str(note.data.get("response_id")) for note in notes])
    for note in notes:
        answer = answers.get(str(note.data.get("response_id")))
        if answer is None:
            continue
        case_ref = look.signs.case_held(look.tenant, note.customer_id, note.at)
        not_fresh = note.data.get("not_fresh") or []
        yield found(
            failure_of(answer, Kind.RETURNED_TO_AUTOMATION, case_ref=case_ref, text=answer.question),
            FailureEvent(
                key=f"noted:{note.received_at.isoformat()}",  # what is noted anew was withdrawn before
                step=Step.DETECTED,
                at=note.received_at,
                actor=CXAI,
                source=Source.GUARD,
                data={
                    "severity": Severity.HIGH,
                    "contact": note.key,
                    "not_fresh": not_fresh,
                    **({"cause": Cause.CONTEXT} if not_fresh else {}),
                },
            ),
        )


def not_held(look: Look) -> Iterator[Found]:
    for one in look.signs.unnoted(look.tenant, look.kept_since):
        told = FailureEvent(
            f"withdrawn:{look.now.isoformat()}",
            Step.DISMISSED,
            look.now,
            CXAI,
            note="people held nothing of this customer's then, as was told since",
        )
        yield Found(one.failure_id, (told,))
