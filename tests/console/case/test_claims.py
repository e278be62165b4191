"""What the machine thought is on the page after what the reviewer thinks, and in no part of it before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta

import pytest
from console.case import moffatt

from proxy.console.case.claims import ShownClaim, given_claims, unjudged_claims
from proxy.console.case.passages import DocumentsThen
from proxy.ledger.ledger import Ledger
from proxy.review.answers import answer_of_record
from proxy.review.dwell import Watched
from proxy.review.giving import Reviewing
from proxy.review.views import Given

LATER = moffatt.NOW + timedelta(minutes=5)
SEEN = Watched(visible_ms=9_000, focused_ms=9_000, evidence_ms=9_000)
SECRETS = ("0.0571", "rules out", "a reason", "escalate", "after travel has been completed")


@pytest.fixture
def ledger(tmp_path: object) -> Iterator[Ledger]:
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db") as opened:
        moffatt.record(opened)
        opened.escalate(moffatt.case())
        yield opened


def taken(ledger: Ledger) -> Given:
    return Reviewing(ledger).take_case(moffatt.case().ref, "ann", moffatt.NOW)


def claims_of(ledger: Ledger, given: Given) -> tuple[ShownClaim, ...]:
    return given_claims(given, DocumentsThen(ledger, given.corpus_version))


def said_by_machine(claims: tuple[ShownClaim, ...]) -> str:
    """All that is there of a claim but its text and its evidence."""
    told = [{**asdict(claim), "evidence": None, "text": None} for claim in claims]
    return repr(told)


def test_nothing_of_what_the_machine_thought_is_there_before_the_last_verdict(ledger: Ledger) -> None:
    given = taken(ledger)
    asked = given.left
    assert len(asked) == 2  # the invented rule, and one other
    for number in (None, asked[0]):
        if number is not None:
            given = Reviewing(ledger).judge(given.id, "ann", number, "contradicted", SEEN, LATER)
        claims = claims_of(ledger, given)
        assert all(claim.machine is None and claim.agrees is None for claim in claims)
        assert [secret for secret in SECRETS if secret in said_by_machine(claims)] == []


def test_then_agreement_and_difference_are_there_in_words(ledger: Ledger) -> None:
    given = taken(ledger)
    for number in given.left:
        given = Reviewing(ledger).judge(given.id, "ann", number, "supported", SEEN, LATER)
    invented = next(claim for claim in claims_of(ledger, given) if claim.text == moffatt.INVENTED)
    assert invented.machine is not None and invented.machine.verdict == "contradicted"
    assert invented.agrees is False
    told = [(one.said, one.policy) for one in invented.differences]
    assert told == [("at most 90 days", "not after travel has been completed")]


def test_both_judgements_of_a_claim_that_was_judged_again_are_there(ledger: Ledger) -> None:
    given = taken(ledger)
    for number in given.left:
        given = Reviewing(ledger).judge(given.id, "ann", number, "supported", SEEN, LATER)
    number = next(claim.number for claim in given.claims if claim.text == moffatt.INVENTED)
    given = Reviewing(ledger).reconsider(given.id, "ann", number, "contradicted", SEEN, LATER)
    invented = next(claim for claim in claims_of(ledger, given) if claim.number == number)
    assert (invented.first, invented.last, invented.agrees) == ("supported", "contradicted", True)


def test_who_does_not_review_sees_the_machines_verdict_when_the_case_is_settled(ledger: Ledger) -> None:
    answer = answer_of_record(moffatt.decision(), as_model_wrote=True)
    documents = DocumentsThen(ledger, answer.corpus_version)
    assert all(claim.machine is None for claim in unjudged_claims(answer, documents))
    assert all(claim.machine for claim in unjudged_claims(answer, documents, settled=True))
