"""What an answer says about this customer must stand in the tool results, whatever form it has there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from proxy.grounding.account.judge import judge_account
from proxy.grounding.claims.kinds import claim_of
from proxy.grounding.text.segments import segment
from proxy.grounding.types import Claim, ClaimKind, Fact, Label, Verdict

RESERVATION: dict[str, Any] = {
    "reservation_id": "FDZ0T5",
    "origin": "JFK",
    "destination": "SEA",
    "cabin": "basic_economy",
    "flights": [
        {"flight_number": "HAT069", "date": "2025-05-20", "departure_time": "06:00:00", "price": 51},
        {"flight_number": "HAT083", "date": "2025-05-25", "departure_time": "18:30:00", "price": 100},
    ],
    "passengers": [{"first_name": "Mia", "last_name": "Li"}, {"first_name": "Noah", "last_name": "Li"}],
    "insurance": "no",
    "total_baggages": 0,
    "payment": {"id": "credit_card_4421486", "last_four": "7447", "amount": 302},
}  # fmt: skip
PROFILE = {
    "name": "Mia Li",
    "membership": "gold",
    "roaming_addon": False,
    "renewal": {"day": "2025-03-01", "discount": 0.5},
}
FACTS = (Fact("get_reservation", json.dumps(RESERVATION)), Fact("get_user", json.dumps(PROFILE)))


def judge(text: str, facts: tuple[Fact, ...] = FACTS, **more: Any) -> Verdict:
    claim = Claim(text, 0, len(text), ClaimKind.ACCOUNT, text)
    return judge_account(claim, facts=facts, question=more.pop("question", None), **more)


@pytest.mark.parametrize(
    "text",
    [
        "Your flight HAT069 leaves on May 20 at 6:00 AM.",
        "Your flight HAT069 leaves on 20 May 2025 at 6 am.",
        "Your return flight departs at 6:30 PM on May 25th.",
        "Your reservation FDZ0T5 is from JFK to SEA in basic economy.",
        "Your flight HAT083 costs $100.",
        "You paid $302 with the card ending in 7447.",
        "I can see that you are a gold member.",
        "There are two passengers on your reservation, Mia Li and Noah Li.",
        "Your plan renews on March 1st with 50% off.",
        "The roaming add-on isn't active on your plan.",
        "Your reservation does not have travel insurance.",
        "- **Insurance:** No",
        "- **Baggage:** No checked bags",
        "- **Cabin:** Basic Economy",
        "Both flights together cost a total of $151.",
        "I found your reservation.",
    ],
)
def test_what_stands_in_the_results_is_supported(text: str) -> None:
    verdict = judge(text)
    assert verdict.label is Label.SUPPORTED, verdict.reason
    assert verdict.confidence >= 0.5


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("You are a silver member.", '"membership": "gold"'),
        ("Your reservation includes travel insurance.", '"insurance": "no"'),
        ("- **Insurance:** Yes", '"insurance": "no"'),
        ("- **Cabin:** Business", '"cabin": "basic_economy"'),
        ("The roaming add-on is active on your plan.", '"roaming_addon": false'),
        ("Your reservation has three passengers.", "passengers: 2 entries"),
    ],
)
def test_another_value_for_the_same_key_is_a_contradiction_that_quotes_the_result(
    text: str, quote: str
) -> None:
    verdict = judge(text)
    assert verdict.label is Label.CONTRADICTED, verdict.reason
    assert verdict.evidence[0].quote == quote
    assert verdict.evidence[0].document.startswith("tool:get_")
    assert verdict.confidence < 0.2


@pytest.mark.parametrize(
    "text",
    [
        "Your flight HAT999 leaves on May 20.",
        "Your flight leaves on June 3.",
        "Your flight leaves at 9:15 AM.",
        "You paid $475 for it.",
        "Your card ending in 1234 was charged.",
        "Your reservation is under the name Oliver Smith.",
    ],
)
def test_what_is_in_no_result_is_not_supported(text: str) -> None:
    assert judge(text).label is not Label.SUPPORTED


def test_values_are_looked_up_in_the_object_that_the_claim_names() -> None:
    item = segment("Your flights:\n- Flight HAT069\n  - Price: $100\n- Flight HAT083\n  - Price: $100")
    wrong, right = (judge_account(claim_of(item[at]), facts=FACTS, question=None) for at in (2, 4))
    assert wrong.label is Label.CONTRADICTED
    assert right.label is Label.SUPPORTED


@pytest.mark.parametrize(
    "text",
    [
        "I have cancelled your reservation.",
        "Your reservation has been cancelled.",
        "We've refunded $302 to your card.",
        "I've sent you a confirmation by email.",
        "Your seat has been successfully upgraded.",
    ],
)
def test_a_look_up_does_not_prove_that_something_was_done(text: str) -> None:
    verdict = judge(text)
    assert verdict.label is Label.UNSUPPORTED
    assert "no tool result shows" in verdict.reason


def test_a_successful_call_that_fits_proves_what_was_done() -> None:
    done = Fact(
        "cancel_reservation", json.dumps({"reservation_id": "FDZ0T5", "status": "cancelled", "refund": 302})
    )
    assert judge("I have cancelled your reservation FDZ0T5.", (*FACTS, done)).label is Label.SUPPORTED
    assert judge("A refund of $302 has been processed.", (*FACTS, done)).label is Label.SUPPORTED


def test_a_failed_call_proves_nothing() -> None:
    failed = Fact("cancel_reservation", '{"error": "not allowed"}', succeeded=False)
    assert judge("I have cancelled your reservation.", (*FACTS, failed)).label is Label.UNSUPPORTED


def test_another_action_does_not_prove_this_one() -> None:
    updated = Fact("update_address", '{"address": "1 High Street"}')
    assert judge("I have cancelled your reservation.", (*FACTS, updated)).label is Label.UNSUPPORTED


def test_an_amount_that_was_paid_stands_in_the_call_that_paid_it() -> None:
    charged = Fact("charge_card", '{"charged": 1200, "card": "7447"}')
    quoted = Fact("calculate", "600")
    assert judge("$600 has been charged to your card.", (quoted, charged)).label is Label.UNSUPPORTED
    assert judge("$1,200 has been charged to your card.", (quoted, charged)).label is Label.SUPPORTED


def test_money_given_back_was_not_charged() -> None:
    changed = Fact("update_reservation", '{"payment_history": [{"amount": -114}]}')
    assert judge("$114 has been charged to your card.", (changed,)).label is Label.CONTRADICTED


def test_a_state_in_a_result_proves_the_state() -> None:
    order = Fact("get_order", '{"order": "HP-20931", "status": "cancelled"}')
    assert judge("Your order HP-20931 has been cancelled.", (order,)).label is Label.SUPPORTED
    assert judge("I have cancelled your order HP-20931.", (order,)).label is Label.UNSUPPORTED


@pytest.mark.parametrize("facts", [(), (Fact("get_user", "Error: not found", succeeded=False),)])
def test_without_results_nothing_about_the_customer_is_supported(facts: tuple[Fact, ...]) -> None:
    assert judge("Your order arrives on May 20.", facts, said=("my order?",)).label is Label.UNSUPPORTED


def test_what_the_customer_said_may_be_restated_but_proves_no_amount() -> None:
    said = ("I want to fly on June 7, my budget is $600 and I was promised $900.",)
    assert (
        judge("You told me you want to fly on June 7 for at most $600.", said=said).label is Label.SUPPORTED
    )
    assert judge("Your refund is $900.", said=said).label is not Label.SUPPORTED


def test_a_customers_word_about_a_record_does_not_make_it_one() -> None:
    said = ("My booking XYZ123 on June 7 was approved by your supervisor.",)
    for text in ("Your booking XYZ123 is on June 7.", "Your booking was approved by our supervisor."):
        assert judge(text, said=said).label is Label.UNSUPPORTED


def test_keys_with_a_number_of_days_bear_out_a_duration() -> None:
    facts = (Fact("lookup", '{"age_days": 412, "today": "2026-07-12", "arrival": "2026-08-01"}'),)
    assert judge("Your account is 412 days old.", facts).label is Label.SUPPORTED
    assert judge("Your account is 390 days old.", facts).label is not Label.SUPPORTED
    assert (
        judge("Your arrival is booked for 1 August, which is 20 days from today.", facts).label
        is Label.SUPPORTED
    )


def test_none_of_something_is_checked_against_its_number() -> None:
    facts = (Fact("lookup", '{"pending_transactions": 2, "sabbaticals_taken": 0}'),)
    assert judge("There are no pending transactions.", facts).label is Label.CONTRADICTED
    assert judge("You haven't taken a sabbatical yet.", facts).label is Label.SUPPORTED


def test_prose_results_are_read_as_well() -> None:
    facts = (Fact("crm_note", "The parcel 1Z99-204 left Leeds on 3 March 2025. It weighs 4 kg."),)
    assert judge("Your parcel left Leeds on March 3rd.", facts).label is Label.SUPPORTED
    assert judge("Your parcel left Leeds on March 9th.", facts).label is Label.UNSUPPORTED


def test_a_mixed_claim_is_judged_only_on_what_concerns_the_customer() -> None:
    text = "Since you are a gold member, you can cancel within 48 hours."
    claim = claim_of(segment(text)[0])
    assert claim.kind is ClaimKind.MIXED
    assert judge_account(claim, facts=FACTS, question=None).label is Label.SUPPORTED
    silver = (Fact("get_user", '{"membership": "silver"}'),)
    assert judge_account(claim, facts=silver, question=None).label is Label.CONTRADICTED


def test_a_huge_or_broken_result_is_survived() -> None:
    deep = "[" * 5_000 + "]" * 5_000
    wide = json.dumps({f"key_{number}": number for number in range(20_000)})
    for text in (deep, wide, "{broken", "", "null"):
        assert judge("Your balance is $12,345.67.", (Fact("tool", text),)).label is not Label.SUPPORTED


def test_more_that_bears_a_claim_out_makes_it_surer() -> None:
    surer = judge("Your flight HAT069 leaves JFK on May 20, 2025 at 6:00 AM.").confidence
    assert (
        surer
        >= judge("Your flight leaves on May 20.").confidence
        > judge("Your flight leaves on June 3.").confidence
    )


CONTRACT = (
    Fact("context:contract_end", '{"contract_end": "2026-03-01"}'),
    Fact("context:contract_status", '{"contract_status": "cancelled"}'),
)


def test_what_a_context_source_says_proves_how_things_stand() -> None:
    ends = judge("Your contract ends on March 1, 2026.", CONTRACT)
    assert ends.label is Label.SUPPORTED
    assert ends.evidence[0].document == "context:contract_end"
    assert judge("Your contract ends on March 1, 2027.", CONTRACT).label is not Label.SUPPORTED
    assert judge("Your contract has been cancelled.", CONTRACT).label is Label.SUPPORTED


@pytest.mark.parametrize("text", ["I have opened a case for you.", "I have checked your account."])
def test_what_a_context_source_says_never_shows_that_anything_was_done(text: str) -> None:
    facts = (
        Fact("context:open_case", '{"open_case": true}'),
        Fact("context:account", '{"account": "active"}'),
    )
    assert judge(text, facts).label is Label.UNSUPPORTED


def test_a_masked_fact_decides_and_is_not_quoted() -> None:
    facts = (Fact("context:balance", '{"balance": 120.5}', masked=True),)
    right, wrong = judge("Your balance is $120.50.", facts), judge("Your balance is $999.", facts)
    assert right.label is Label.SUPPORTED and wrong.label is not Label.SUPPORTED
    told = f"{right} {wrong}"
    assert "120.5" not in told and "a value that is not shown" in told


def test_a_masked_fact_that_shows_how_things_stand_is_not_quoted_either() -> None:
    facts = (Fact("context:booking", '{"booking": "cancelled for Jane Doe"}', masked=True),)
    verdict = judge("Your booking has been cancelled.", facts)
    assert verdict.label is Label.SUPPORTED
    assert [one.quote for one in verdict.evidence] == ["a value that is not shown"]
