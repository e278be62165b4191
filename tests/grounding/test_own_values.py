"""A day that policy names for everybody may be said as the customer's; one that nobody names needs a record."""

from __future__ import annotations

import pytest
from support.builtin_verifier import NOW, corpus_of, verifier

from proxy.grounding.claims.kinds import claim_of
from proxy.grounding.judging import Judgement, judge_claim
from proxy.grounding.text.segments import segment
from proxy.grounding.types import Fact, Label

SEASONS = "# Season passes\n\nYour summer pass is valid until 30 September 2026. You may end a contract at any time.\n"
CONTRACT = Fact("get_contract", '{"contract": {"plan": "Max", "end_date": "2027-05-04", "status": "active"}}')


def judged(text: str, *facts: Fact, said: tuple[str, ...] = ()) -> Judgement:
    claim = claim_of(segment(text)[0])
    hits = corpus_of(SEASONS).retrieve(claim.reading, NOW)
    return judge_claim(claim, question=None, hits=hits, facts=facts, said=said, verifier=verifier())


@pytest.mark.parametrize(
    "text", ["Your contract ends on 4 May 2027.", "Your minimum term runs until May 4th."]
)
def test_the_day_of_a_contract_rests_on_the_records(text: str) -> None:
    proven = judged(text, CONTRACT).verdict
    assert proven.label is Label.SUPPORTED
    assert proven.evidence[0].document == "tool:get_contract"
    assert judged(text).verdict.label is Label.UNSUPPORTED


def test_another_day_than_the_records_is_not_supported_and_the_reason_names_it() -> None:
    verdict = judged("Your contract ends on 5 June 2027.", CONTRACT).verdict
    assert verdict.label is Label.UNSUPPORTED
    assert verdict.reason == "no tool result has “5 June 2027”"


def test_what_the_customer_says_of_the_contract_proves_nothing_of_it() -> None:
    said = ("My contract ends on 4 May 2027, doesn't it?",)
    assert judged("Your contract ends on 4 May 2027.", said=said).verdict.label is Label.UNSUPPORTED


@pytest.mark.parametrize("facts", [(), (CONTRACT,)])
def test_a_day_that_policy_names_for_everybody_needs_no_record(facts: tuple[Fact, ...]) -> None:
    verdict = judged("Your summer pass is valid until 30 September 2026.", *facts).verdict
    assert verdict.label is Label.SUPPORTED
    assert verdict.evidence[0].document == "document-0"
    assert (
        judged("Your summer pass is valid until 31 October 2026.", *facts).verdict.label
        is not Label.SUPPORTED
    )


def test_a_state_that_policy_knows_for_others_is_no_proof_of_the_customers() -> None:
    held = Fact("get_account", '{"account": {"status": "suspended"}}')
    assert judged("Your account is suspended.").verdict.label is Label.UNSUPPORTED
    assert judged("Your account is suspended.", held).verdict.label is Label.SUPPORTED
