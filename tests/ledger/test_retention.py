"""Retention removes what is old, and nothing that an open case or a remaining decision needs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import insert
from support.cases import moved

from proxy.ledger.database import WRITES, connect
from proxy.ledger.database import ledger_url as parsed
from proxy.ledger.ledger import Ledger, LedgerError
from proxy.ledger.records import Contact, DecisionRecord, EscalationRecord, PromiseRecord
from proxy.ledger.reviews.records import SEEDED_BAD, ReviewGiving, ReviewItem
from proxy.ledger.schema import document_placements, document_versions, escalation_events, escalations

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=400)
A_YEAR_AGO = NOW - timedelta(days=365)


def answer(ledger: Ledger, response_id: str, at: datetime, ref: str | None = None) -> None:
    ledger.record(
        DecisionRecord(response_id, at, "default", "enforce", "escalate", True, "gpt-4o", escalation_ref=ref)
    )


def case(ledger: Ledger, ref: str, at: datetime) -> None:
    ledger.escalate(EscalationRecord(ref, f"for {ref}", f"turn of {ref}", "why", at))


def answers(ledger: Ledger) -> set[str]:
    return {record.response_id for record in ledger.answers(limit=10_000)}


def test_only_decisions_from_before_the_instant_go(ledger: Ledger) -> None:
    answer(ledger, "old", LONG_AGO)
    answer(ledger, "at the instant", A_YEAR_AGO)
    answer(ledger, "new", NOW)
    assert ledger.purge(A_YEAR_AGO) == 1
    assert answers(ledger) == {"at the instant", "new"}
    assert ledger.purge(A_YEAR_AGO) == 0


def test_more_than_one_bite_of_old_decisions_goes(ledger: Ledger) -> None:
    for future in [
        ledger.submit(DecisionRecord(f"r{n}", LONG_AGO, "", "", "", True, "")) for n in range(1203)
    ]:
        future.result()
    assert ledger.purge(A_YEAR_AGO) == 1203
    assert answers(ledger) == set()


def test_an_open_case_stays_with_all_its_answers(ledger: Ledger) -> None:
    case(ledger, "CX-2222-2222", LONG_AGO)
    answer(ledger, "first", LONG_AGO, "CX-2222-2222")
    answer(ledger, "retry", LONG_AGO, "CX-2222-2222")
    answer(ledger, "unrelated", LONG_AGO)
    moved(ledger, "CX-2222-2222", "claimed", by="ana")
    assert ledger.purge(NOW + timedelta(days=1)) == 1
    assert ledger.escalation("CX-2222-2222") is not None
    assert answers(ledger) == {"first", "retry"}


def test_a_closed_case_goes_once_its_last_entry_is_old(ledger: Ledger) -> None:
    case(ledger, "CX-2222-2222", LONG_AGO)
    answer(ledger, "first", LONG_AGO, "CX-2222-2222")
    moved(ledger, "CX-2222-2222", "closed", by="ana")
    assert ledger.purge(A_YEAR_AGO) == 0
    assert ledger.escalation("CX-2222-2222") is not None
    assert ledger.purge(datetime.now(UTC) + timedelta(seconds=1)) == 1
    assert ledger.escalation("CX-2222-2222") is None


def test_more_than_one_bite_of_closed_cases_goes(ledger: Ledger, ledger_url: str) -> None:
    whose = {"response_id": "r", "dedup_key": "t", "reason": "", "route": "", "store_text": "full"}
    refs = [f"CX-{n}" for n in range(1203)]
    engine = connect(parsed(ledger_url)).execution_options(**{WRITES: True})
    with engine.begin() as connection:
        connection.execute(
            insert(escalations), [{"ref": ref, "created_at": LONG_AGO, **whose} for ref in refs]
        )
        ended = {"at": LONG_AGO, "status": "closed", "actor": "ana"}
        connection.execute(insert(escalation_events), [{"ref": ref, **ended} for ref in refs])
    engine.dispose()
    ledger.purge(A_YEAR_AGO)
    assert ledger.escalations(limit=1) == []


def test_a_reopened_case_stays(ledger: Ledger) -> None:
    case(ledger, "CX-2222-2222", LONG_AGO)
    moved(ledger, "CX-2222-2222", "closed", by="ana")
    moved(ledger, "CX-2222-2222", "reopened", by="ana", note="the customer called again")
    ledger.purge(NOW + timedelta(days=1))
    assert [found.ref for found in ledger.escalations(status="reopened")] == ["CX-2222-2222"]


def place(ledger: Ledger, url: str, content: str, kept_at: datetime) -> str:
    """Keep a version of refunds.md as if it had been kept at that time."""
    content_hash = sha256(content.encode()).hexdigest()
    row: dict[str, Any] = {"document_id": "refunds", "path": "refunds.md", "content_hash": content_hash}
    engine = connect(parsed(url))
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        version = {"content_hash": content_hash, "content": content.encode()}
        connection.execute(insert(document_versions), version)
        connection.execute(insert(document_placements), {**row, "kept_at": kept_at})
    engine.dispose()
    return content_hash


def test_document_versions_that_no_remaining_decision_saw_go(ledger: Ledger, ledger_url: str) -> None:
    first = place(ledger, ledger_url, "1", NOW - timedelta(days=900))
    second = place(ledger, ledger_url, "2", NOW - timedelta(days=600))
    current = place(ledger, ledger_url, "3", NOW - timedelta(days=500))
    ledger.purge(A_YEAR_AGO)
    assert [ledger.document_text(kept) for kept in (first, second, current)] == [None, None, "3"]
    assert ledger.last_good("refunds.md") == b"3"


def test_a_version_stays_that_was_current_when_a_remaining_decision_was_made(
    ledger: Ledger, ledger_url: str
) -> None:
    place(ledger, ledger_url, "1", NOW - timedelta(days=900))
    seen = place(ledger, ledger_url, "2", NOW - timedelta(days=600))
    place(ledger, ledger_url, "3", NOW - timedelta(days=300))
    answer(ledger, "said under version 2", NOW - timedelta(days=350))
    ledger.purge(A_YEAR_AGO)
    assert ledger.document_text(seen) == "2"
    assert len(ledger.document_versions("refunds")) == 2


def test_an_open_case_keeps_the_version_it_is_about(ledger: Ledger, ledger_url: str) -> None:
    seen = place(ledger, ledger_url, "2", NOW - timedelta(days=600))
    place(ledger, ledger_url, "3", NOW - timedelta(days=390))
    case(ledger, "CX-2222-2222", LONG_AGO)
    answer(ledger, "escalated", LONG_AGO, "CX-2222-2222")
    ledger.purge(A_YEAR_AGO)
    assert ledger.document_text(seen) == "2"


def test_a_corpus_version_stays_as_long_as_a_decision_made_under_it(ledger: Ledger, ledger_url: str) -> None:
    old = place(ledger, ledger_url, "1", NOW - timedelta(days=900))
    place(ledger, ledger_url, "2", NOW - timedelta(days=600))
    made = DecisionRecord("r1", NOW, "", "", "", True, "", versions={"corpus": "c-1"})
    ledger.record(made, {"refunds": old})
    ledger.purge(A_YEAR_AGO)
    assert ledger.corpus_version("c-1") == {"refunds": old}
    assert ledger.document_text(old) == "1"
    far = NOW + timedelta(days=1000)
    assert ledger.purge(far) == 1
    assert ledger.corpus_version("c-1") == {} and ledger.document_text(old) is None


def test_a_limit_without_a_time_zone_removes_nothing(ledger: Ledger) -> None:
    answer(ledger, "old", LONG_AGO)
    with pytest.raises(LedgerError, match="no time zone"):
        ledger.purge(NOW.replace(tzinfo=None))
    assert answers(ledger) == {"old"}


def contacts(ledger: Ledger) -> set[str]:
    return {one.id for one in ledger.customers.timeline("default", "c", limit=1000) if one.type == "contact"}


def contact(key: str, kind: str = "note", at: datetime = LONG_AGO, ref: str | None = None) -> Contact:
    return Contact(key, "c", kind, "voice", at, NOW, "ana", ref)


def promise(id: str, due_at: datetime | None, at: datetime = LONG_AGO) -> PromiseRecord:
    return PromiseRecord(id, "c", f"of {id}", at, {}, due_at=due_at)


def test_old_contacts_go(ledger: Ledger) -> None:
    ledger.customers.report(
        [contact("old"), contact("at the instant", at=A_YEAR_AGO), contact("new", at=NOW)]
    )
    ledger.purge(A_YEAR_AGO)
    assert contacts(ledger) == {"at the instant", "new"}


def test_the_contacts_of_a_case_stay_as_long_as_it_does(ledger: Ledger) -> None:
    case(ledger, "CX-2222-2222", LONG_AGO)
    ledger.customers.report([contact("of the case", ref="CX-2222-2222"), contact("other", ref="JIRA-17")])
    ledger.purge(A_YEAR_AGO)
    assert contacts(ledger) == {"of the case"}
    ledger.customers.report([contact("done", "closed", LONG_AGO + timedelta(days=1), "CX-2222-2222")])
    ledger.purge(A_YEAR_AGO)
    assert contacts(ledger) == set() and ledger.escalation("CX-2222-2222") is None


@pytest.mark.parametrize("kind", ["complaint", "escalated", "reopened"])
@pytest.mark.parametrize(
    ("closing_ref", "days", "stays"),
    [(None, 1, False), ("A", 1, False), ("B", 1, True), (None, -1, True), (None, 0, True)],
)
def test_a_complaint_that_nobody_closed_stays(
    ledger: Ledger, kind: str, closing_ref: str | None, days: int, stays: bool
) -> None:
    held = contact("held", kind, ref="A")
    ledger.customers.report([held, contact("done", "resolved", LONG_AGO + timedelta(days=days), closing_ref)])
    ledger.purge(A_YEAR_AGO)
    assert contacts(ledger) == ({"held"} if stays else set())


def test_a_case_that_is_closed_and_gone_holds_no_customer(ledger: Ledger) -> None:
    ref, whose = "CX-2222-2222", {"customer_id": "c-1"}
    ledger.escalate(EscalationRecord(ref, "r", "turn", "why", LONG_AGO, **whose))
    told = Contact(
        "k", kind="escalated", channel="voice", at=LONG_AGO, received_at=LONG_AGO, actor="a", ref=ref, **whose
    )
    ledger.customers.report([told])
    moved(ledger, ref, "closed", by="ana")
    tomorrow = NOW + timedelta(days=1)
    ledger.purge(tomorrow)
    assert ledger.escalation(ref) is None
    assert not ledger.standing("default", "c-1", tomorrow).open_case


def test_what_closed_a_matter_does_not_go_before_what_opened_it(ledger: Ledger) -> None:
    many = [contact(f"note {n}", at=LONG_AGO + timedelta(seconds=n)) for n in range(600)]
    held = contact("held", "complaint", LONG_AGO + timedelta(days=1))
    done = contact("done", "resolved", LONG_AGO + timedelta(days=2))
    ledger.customers.report([done, *many, held])
    ledger.purge(A_YEAR_AGO)
    assert contacts(ledger) == set()


def test_old_promises_go_and_those_that_are_not_due_stay_with_what_was_told_of_them(ledger: Ledger) -> None:
    made = [
        promise("PR-2222-2222-2222", LONG_AGO + timedelta(days=1)),
        promise("PR-3333-3333-3333", NOW + timedelta(days=30)),
        promise("PR-4444-4444-4444", None),
        promise("PR-5555-5555-5555", None, at=NOW),
    ]
    ledger.submit(DecisionRecord("r", NOW, "", "", "", True, ""), promised=made).result()
    ledger.customers.report([contact(one.id, "promise_kept", ref=one.id) for one in made])
    ledger.purge(A_YEAR_AGO)
    left = {"PR-3333-3333-3333", "PR-5555-5555-5555"}
    assert {(one.id, one.state) for one in ledger.customers.promises()} == {(id, "kept") for id in left}
    assert contacts(ledger) == left


def test_reviews_go_once_nobody_was_given_their_item_for_the_whole_retention(ledger: Ledger) -> None:
    for name in ("old", "reviewed lately"):
        item = ReviewItem(name, name, SEEDED_BAD, LONG_AGO, LONG_AGO, content={"claims": []})
        ledger.reviews.add([item])
        at = LONG_AGO if name == "old" else NOW
        ledger.reviews.take(ReviewGiving(f"given {name}", name, "ann", 1, at))
    ledger.purge(A_YEAR_AGO)
    assert [one.item.id for one in ledger.reviews.reviews("default")] == ["reviewed lately"]
    assert ledger.reviews.item("old") is None
