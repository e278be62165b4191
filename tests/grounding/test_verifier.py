"""What the built-in verifier promises, on passages that read like an airline's, a telecom's and an insurer's."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.builtin_verifier import NOW, corpus_of, judge, new_verifier, verifier

from proxy.grounding.policy.verifier import THRESHOLD
from proxy.grounding.types import Claim, ClaimKind, Fact, Label

CASES: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "data" / "verifier_cases.yaml").read_text())
WRONG = [(company, name, text) for company, cases in CASES["wrong"].items() for name, text in cases.items()]
RIGHT = [(company, text) for company, cases in CASES["right"].items() for text in cases]


@pytest.mark.parametrize("text", CASES["moffatt"])
def test_the_invented_bereavement_policy_is_contradicted_with_the_sentence_that_decides(text: str) -> None:
    verdict = judge(text, CASES["documents"]["airline"])
    assert verdict.label is Label.CONTRADICTED
    assert "after travel has been completed" in " ".join(verdict.evidence[0].quote.split())


@pytest.mark.parametrize(("company", "name", "text"), WRONG, ids=[f"{c}: {name}" for c, name, _ in WRONG])
def test_a_false_sentence_close_to_the_policy_is_not_supported(company: str, name: str, text: str) -> None:
    verdict = judge(text, CASES["documents"][company])
    assert verdict.label in (Label.CONTRADICTED, Label.UNSUPPORTED)
    assert verdict.confidence < THRESHOLD


@pytest.mark.parametrize(("company", "text"), RIGHT, ids=[text[:60] for _, text in RIGHT])
def test_a_true_sentence_in_other_words_is_supported(company: str, text: str) -> None:
    assert judge(text, CASES["documents"][company]).label is Label.SUPPORTED


@pytest.mark.parametrize(("company", "text"), [*((c, t) for c, _, t in WRONG), *RIGHT])
def test_every_quote_stands_verbatim_in_the_document(company: str, text: str) -> None:
    document = CASES["documents"][company]
    verdict = judge(text, document)
    assert verdict.evidence
    assert all(evidence.quote and evidence.quote in document for evidence in verdict.evidence)


def test_the_reason_names_both_numbers() -> None:
    verdict = judge("A late fee of €15 is charged once per unpaid bill.", CASES["documents"]["telecom"])
    assert "€8" in verdict.reason
    assert "€15" in verdict.reason


def test_an_invented_channel_is_named_as_what_the_policy_does_not_mention() -> None:
    verdict = judge("You can report damage to our chatbot on WhatsApp.", CASES["documents"]["insurer"])
    assert verdict.label is Label.UNSUPPORTED
    assert "whatsapp" in verdict.reason


def test_the_confidence_of_a_contradiction_is_low() -> None:
    wrong = judge("The minimum term is 12 months.", CASES["documents"]["telecom"])
    right = judge("The minimum term is 24 months.", CASES["documents"]["telecom"])
    assert wrong.label is Label.CONTRADICTED
    assert wrong.confidence < 0.1 < 0.9 < right.confidence


def test_a_policy_that_the_customer_pastes_grounds_nothing() -> None:
    claim = "Claims for damaged bags must be made in writing within 90 days of arrival."
    question = f"Your policy says: {claim} So how long do I have?"
    assert judge(claim, CASES["documents"]["airline"], question=question).label is not Label.SUPPORTED


def test_a_tool_result_does_not_prove_a_policy() -> None:
    claim = "Claims for damaged bags must be made in writing within 90 days of arrival."
    facts = (Fact("lookup", claim),)
    assert judge(claim, CASES["documents"]["airline"], facts=facts).label is not Label.SUPPORTED


def test_nothing_retrieved_is_unsupported_and_not_an_error() -> None:
    claim = Claim("Refunds take 3 days.", 0, 20, ClaimKind.POLICY, "Refunds take 3 days.")
    verdict = verifier().verify(claim, question=None, hits=(), facts=())
    assert verdict.label is Label.UNSUPPORTED
    assert verdict.confidence < 0.1


def test_a_list_item_is_judged_by_what_it_says_after_its_lead_in() -> None:
    verdict = judge(
        "within 7 business days",
        CASES["documents"]["airline"],
        reading="For refundable tickets, the full fare is returned within 7 business days.",
    )
    assert verdict.label is Label.SUPPORTED


HOTEL = """# Stays

You can cancel up to 24 hours before arrival. Bags over 23 kg cost $50 to store. A tourist tax of €3 per person per
night is charged. At most nine people fit in a suite. The first towel is free and each additional towel costs $2. The
desk opens at 9 am and closes at 5 pm. The bar is open until midnight. The summer offer ends on 5 June 2026. Parking
costs C$50.
"""


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (None, "You can cancel at least 24 hours before arrival."),
        (None, "You can cancel no later than 24 hours before arrival."),
        ("My bag weighs 25 kg. What does it cost to store it?", "A 25 kg bag costs $50 to store."),
        (None, "A tourist tax of €3 per night per person is charged."),
        (None, "A suite cannot hold more than nine people."),
        (None, "A second towel costs $2."),
        (None, "The desk is open from 9 am to 5 pm."),
        (None, "The bar is open until 12 am."),
        (None, "The summer offer ends on 05/06/2026."),
    ],
)
def test_no_rule_stops_a_number_said_in_another_way(question: str | None, text: str) -> None:
    """The model alone may."""
    reason = judge(text, HOTEL, question=question).reason
    assert "the answer" not in reason.replace("the answer goes against it", "")
    assert "do not say" not in reason


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (None, "You can cancel within 24 hours before arrival."),
        (None, "You can cancel up to 48 hours before arrival."),
        ("My bag weighs 20 kg. What does it cost to store it?", "A 20 kg bag costs $50 to store."),
        (None, "A tourist tax of €3 per person per week is charged."),
        (None, "The desk is open from 9 am to 6 pm."),
        (None, "The bar is open until 11 pm."),
        (None, "The summer offer ends on 07/06/2026."),
        (None, "Parking costs US$50."),
    ],
)
def test_another_number_than_policys_is_not_supported(question: str | None, text: str) -> None:
    assert judge(text, HOTEL, question=question).label in (Label.CONTRADICTED, Label.UNSUPPORTED)


TARIFF = "---\ntitle: Conditions of carriage\nauthority: 20\n---\nTravel credits are valid for 6 months from issue.\n"
HELP = "---\ntitle: Help\nauthority: 1\n---\nTravel credits are valid for 12 months from issue.\n"


def test_the_more_binding_document_decides_where_two_disagree() -> None:
    assert (
        judge("Travel credits are valid for 12 months from issue.", TARIFF, HELP).label is Label.CONTRADICTED
    )
    assert judge("Travel credits are valid for 6 months from issue.", TARIFF, HELP).label is Label.SUPPORTED


FARES = """# Bags

| Fare | First checked bag | Second checked bag |
|---|---|---|
| Light | $45 | $60 |
| Standard | $35 | $50 |
"""


def test_a_price_from_another_row_of_the_table_is_not_supported() -> None:
    assert judge("The first checked bag costs $45 on a Light fare.", FARES).label is Label.SUPPORTED
    assert judge("The first checked bag costs $35 on a Light fare.", FARES).label is not Label.SUPPORTED


def test_the_same_arguments_give_the_same_verdict() -> None:
    fresh = new_verifier()
    text = "You can return unopened devices within 30 days of delivery."
    claim = Claim(text, 0, len(text), ClaimKind.POLICY, text)
    hits = corpus_of(CASES["documents"]["telecom"]).retrieve(text, NOW)
    first = verifier().verify(claim, question=None, hits=hits, facts=())
    assert fresh.verify(claim, question=None, hits=hits, facts=()) == first
    assert fresh.version == verifier().version


@pytest.mark.parametrize("text", ["(" * 5_000, "not " * 5_000, "1 to " * 4_000, "if, " * 5_000, "a" * 50_000])
def test_a_hostile_claim_is_judged_in_bounded_time(text: str) -> None:
    started = datetime.now(UTC)
    judge(text, CASES["documents"]["airline"])
    assert (datetime.now(UTC) - started).total_seconds() < 3
