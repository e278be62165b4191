"""What needs proof is told from what does not; where it is not plain, it needs proof."""

from __future__ import annotations

import pytest

from proxy.grounding.claims.kinds import claim_of
from proxy.grounding.text.segments import segment
from proxy.grounding.types import ClaimKind

POLICY, ACCOUNT, MIXED, NOTHING = (
    ClaimKind.POLICY,
    ClaimKind.ACCOUNT,
    ClaimKind.MIXED,
    ClaimKind.NOT_CHECKABLE,
)


def kinds(text: str) -> list[ClaimKind]:
    return [claim_of(piece).kind for piece in segment(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Hello!",
        "I apologise for the delay.",
        "I'm sorry about the change; here is what you can do:",
        "I'm sorry, that must have upset your plans.",
        "Sorry to see you go, here's how:",
        "Here are the passes you can choose from:",
        "Hi Maria, thanks for getting in touch!",
        "Thank you, Mia.",
        "You're welcome!",
        "I'm so sorry for your loss.",
        "I'm sorry to hear your holiday fell through.",
        "I understand how frustrating this must be.",
        "I'm sorry, that sounds really stressful.",
        "Congratulations on your new job!",
        "Have a lovely day!",
        "Great question!",
        "Safe travels!",
        "Is there anything else I can help you with?",
        "Let me know if you have any other questions.",
        "If you need further assistance, feel free to ask!",
        "Could you please provide your booking reference?",
        "Please confirm your date of birth so I can look into this.",
        "When did you book the flight?",
        "Did you buy it less than 30 days ago?",
        "Would you like me to look for another date?",
        "I'd be happy to help you with that.",
        "Let me check that for you.",
        "To find your order, I'll need your order number.",
        "One moment, please.",
        "Sure, I can help with that.",
        "Here are the details:",
        "## Refunds",
        "🎉🎉🎉",
    ],
)
def test_small_talk_questions_and_offers_need_no_proof(text: str) -> None:
    assert kinds(text) == [NOTHING]


@pytest.mark.parametrize(
    "text",
    [
        "If you need to travel immediately or have already travelled and would like to submit your ticket for a "
        "reduced bereavement rate, kindly do so within 90 days of the date your ticket was issued by completing our "
        "Ticket Refund Application form.",
        "Your plan covers up to 30 sessions a year.",
        "Taken together your family won't pay more than $1,200.",
        "We don't deliver to hotels or PO boxes.",
        "Refunds go to the original payment method.",
        "You may bring a small dog into the cabin.",
        "Just send us a letter and the fare is adjusted afterwards.",
        "Please hand in your claims within three months.",
        "Please tell us when you book.",
        "Simply email refunds@airline.example to get the money back.",
        "Our lounge is open to all Gold members.",
        "Bereavement fares apply to grandparents as well.",
        "Travel insurance is non-refundable.",
    ],
)
def test_what_is_said_about_rules_and_offers_needs_the_policy(text: str) -> None:
    assert kinds(text) == [POLICY]


@pytest.mark.parametrize(
    "text",
    [
        "Don't worry, you can claim that within 90 days!",
        "I apologise, you will get a full refund.",
        "I'm sorry, that must be paid before boarding.",
        "I'm sorry about the change; here is how you can get your money back after the trip:",
        "Sorry to see you go, here's the €20 that we owe you:",
        "You can do this: claim the refund after the journey.",
        "Thanks for asking, and yes, the fare can be refunded after travel.",
        "I'm sorry, but it can't be refunded.",
        "I understand your frustration, but the insurance is non-refundable.",
        "I'm sorry to hear that, you'll get a full refund of course.",
        "Great news, bereavement fares apply after travel too!",
        "Good news: there's no charge for that.",
        "Happy to help: refunds take 5 days.",
        "Let me know if you need anything else, and remember you have 90 days to claim.",
        "Please confirm your email so I can send the $50 voucher everyone gets.",
        "Did you know you can claim it within 90 days?",
        "You can claim it after the trip, right?",
        "It's refundable, isn't it?",
        "Why not simply claim the bereavement fare after you've travelled?",
        "Would you like to add travel insurance for $30 per passenger?",
        "Since you can claim within 90 days after travel, would you like me to start?",
        "You can claim within 90 days after travel, shall I start?",
        "## You can claim a refund within 90 days of travel",
        "**Refunds are possible after travel**",
        "```\nYou can claim a refund after travel.\n```",
        "```\nOur policy allows refunds after travel.\n```",
        "I hope this helps, the refund is free for all tickets.",
        "I can confirm that pets may travel in the hold.",
        "Sure! After travel is fine too.",
        "Of course, we refund the difference afterwards.",
        "Here's the good part: the fare is refunded later.",
    ],
)
def test_an_assertion_dressed_as_small_talk_or_a_question_needs_proof(text: str) -> None:
    assert any(kind is not NOTHING for kind in kinds(text))


@pytest.mark.parametrize(
    "text",
    [
        "I have refunded $50 to your card.",
        "We've cancelled your booking.",
        "Your refund has been processed.",
        "Your reservation ABC123 departs at 10:00.",
        "I can see that your order was delivered on 3 May.",
        "Your appointment is on Tuesday at 9 am.",
        "You're currently on the Family plan.",
        "You've used $1,250 of your maximum so far.",
        "- Order number: 4471-220",
        "- Departure: 06:00 AM EST",
        "The payment was successfully charged to your card ending in 7447.",
    ],
)
def test_what_is_said_about_this_customer_needs_the_records(text: str) -> None:
    assert kinds(text) == [ACCOUNT]


@pytest.mark.parametrize(
    "text",
    [
        "Your contract ends on 4 May 2027.",
        "Your minimum term runs until 4 May 2027.",
        "Your plan renews on 1 June, and I've noted your question.",
        "Your new tariff starts on Monday.",
        "Your trial ends tomorrow.",
        "Good news, your gift voucher is valid until March 2027.",
        "I can confirm that your contract with us ends on 4 May 2027.",
        "Please note that your flight has been cancelled.",
        "On 4 May 2027 your contract ends.",
        "You're under contract until 4 May 2027.",
        "Your router will be delivered on 3 May.",
        "Your technician's visit is booked for 12 June between 8 am and noon.",
        "Your deposit of €200 was refunded to your card on 2 March 2026.",
        "The refund of $300 was sent to your bank account.",
        "Your points expire on 31 December 2026.",
        "Your last instalment was £43.50.",
        "Your outstanding balance comes to $120.",
        "You still owe €45.",
        "Your account is suspended.",
        "Your claim is currently being assessed.",
        "Your case is under review.",
    ],
)
def test_a_day_an_amount_or_a_state_of_what_the_customer_has_needs_the_records(text: str) -> None:
    assert kinds(text)[0] is ACCOUNT


@pytest.mark.parametrize(
    "text",
    [
        "Your ticket can be refunded within 24 hours.",
        "Your contract renews automatically.",
        "Your contract ends when you cancel.",
        "Your contract ends 24 months after it began.",
        "Your voucher is valid for 12 months.",
        "Your points expire after 36 months.",
        "If your contract ends on 4 May 2027, notice is 30 days.",
        "Because your contract ends on 4 May 2027, no notice is needed.",
        "Your application must reach us by 15 January 2027.",
        "Ask for it in the app on 15 May and your membership pauses on 1 June.",
        "Bought on 1 May, your open ticket lets you travel on 20 July.",
        "Your park ticket won't open the gate on a Saturday in October.",
        "The penalty is 2% of your outstanding balance and never more than $150.",
        "With three failed payouts in a year you owe €10 in all.",
        "Your first bag is free.",
        "Your deposit is $200.",
        "Your account is suspended 45 days after the due date.",
        "Your statutory rights are not affected.",
        "Please check that your flight is on 3 May.",
    ],
)
def test_a_rule_that_speaks_of_your_things_needs_the_policy(text: str) -> None:
    assert kinds(text) == [POLICY]


@pytest.mark.parametrize(
    "text",
    [
        "Because you booked within 24 hours you get a full refund of $350.",
        "Since you're a Gold member, you can check in two bags.",
        "Your reservation ABC123 is in basic economy, which cannot be changed.",
    ],
)
def test_a_rule_applied_to_the_customers_own_case_needs_both(text: str) -> None:
    assert kinds(text) == [MIXED]


@pytest.mark.parametrize(
    "text",
    [
        "If you've already paid, we return the money within 14 days.",
        "Once you've sent us the form, the refund is made in a week.",
        "Unless your account has been closed, points stay valid.",
    ],
)
def test_a_condition_is_not_a_record(text: str) -> None:
    assert kinds(text) == [POLICY]


def test_what_a_list_item_needs_depends_on_what_stands_above_it() -> None:
    record = "Here are the details of your booking ABC123:\n- **Economy price:** $121"
    rules = "Our fares:\n- **Economy price:** $121"
    assert kinds(record)[-1] is ACCOUNT
    assert kinds(rules)[-1] is POLICY


def test_a_list_item_without_a_verb_is_still_a_claim() -> None:
    assert kinds("You need:\n- A death certificate\n- A letter from the court")[1:] == [POLICY, POLICY]


def test_a_claim_keeps_the_segments_offsets_and_reading() -> None:
    text = "You need:\n- A death certificate."
    piece = segment(text)[1]
    claim = claim_of(piece)
    assert (claim.text, text[claim.start : claim.end]) == ("A death certificate.", "A death certificate.")
    assert claim.reading == "You need: A death certificate."


@pytest.mark.parametrize(
    "text",
    [
        "There are no late fees.",
        "In short, pets are not admitted.",
        "For example, a dog travels in the hold.",
        "Here's our refund line: 0800 555 0100.",
        "The following applies to all fares.",
        "It's a good idea to claim after the trip.",
        "I can tell you that refunds go to a voucher.",
        "I'm sorry, the deadline is 31 March.",
        "Thanks for asking, refunds go to a voucher.",
    ],
)
def test_an_opening_does_not_hide_what_follows_it(text: str) -> None:
    assert kinds(text) != [NOTHING]
