"""How an answer's value stands to a policy's."""

from __future__ import annotations

import pytest

from proxy.grounding.policy.differences import Standing, ValueStanding, value_standings
from proxy.grounding.values.comparing import Relation, compare, found_in
from proxy.grounding.values.finding import values_of
from proxy.grounding.values.reckoning import is_converted, is_derived, lies_between


@pytest.mark.parametrize(
    ("claim", "policy", "relation"),
    [
        ("within 2 weeks", "within 14 days", Relation.SAME),
        ("fifty dollars", "$50.00", Relation.SAME),
        ("by March 1", "on or before 1 March 2025", Relation.SAME),
        ("two bags", "up to 2 checked bags", Relation.SAME),
        ("within 5 days", "within 5 working days", Relation.CONFLICT),
        ("within 90 days", "within 30 days", Relation.CONFLICT),
        ("up to 2 bags", "at least two bags", Relation.CONFLICT),
        ("$50 per night", "$50 per stay", Relation.CONFLICT),
        ("24 hours after departure", "24 hours before departure", Relation.CONFLICT),
        ("8 lb", "8 kg", Relation.CONFLICT),
        ("$20", "€20", Relation.CONFLICT),
        ("2 March 2025", "1 March", Relation.CONFLICT),
        ("6 days", "5 to 7 days", Relation.COMPATIBLE),
        ("3 days", "within 7 days", Relation.COMPATIBLE),
        ("3 bags", "3 passengers", Relation.UNRELATED),
        ("30 days", "30%", Relation.UNRELATED),
        ("noon", "1 March", Relation.UNRELATED),
        ("at least 24 hours before arrival", "up to 24 hours before arrival", Relation.SAME),
        ("no later than 30 days before", "at least 30 days before", Relation.SAME),
        ("at least 60 minutes before", "no later than 60 minutes before", Relation.SAME),
        ("until two weeks before", "at least 14 days before", Relation.SAME),
        ("within 24 hours before arrival", "up to 24 hours before arrival", Relation.CONFLICT),
        ("from 24 hours before arrival", "until 24 hours before arrival", Relation.CONFLICT),
        ("20 days before", "up to 14 days before", Relation.COMPATIBLE),
        ("$3 per night per person", "$3 per person per night", Relation.SAME),
        ("$10 per day", "$10 per vehicle per day", Relation.SAME),
        ("$3 a night for each guest", "$3 per person per night", Relation.SAME),
        ("$10 per vehicle per week", "$10 per vehicle per day", Relation.CONFLICT),
        ("until 12 am", "until midnight", Relation.SAME),
        ("until 00:00", "until midnight", Relation.SAME),
        ("from 6 pm to 12 am", "from 18:00 to midnight", Relation.SAME),
        ("11 pm", "before 12 am", Relation.COMPATIBLE),
        ("1 am", "10 pm to 6 am", Relation.COMPATIBLE),
        ("until noon", "until midnight", Relation.CONFLICT),
        ("05/06/2026", "5 June 2026", Relation.SAME),
        ("06/05/2026", "5 June 2026", Relation.SAME),
        ("07/06/2026", "5 June 2026", Relation.CONFLICT),
        ("05/06/2027", "5 June 2026", Relation.CONFLICT),
        ("US$50", "C$50", Relation.CONFLICT),
        ("50 CAD", "US$50", Relation.CONFLICT),
        ("$50 USD", "$50 CAD", Relation.CONFLICT),
        ("A$50", "NZ$50", Relation.CONFLICT),
        ("$50", "C$50", Relation.SAME),
        ("US$50", "$50", Relation.SAME),
    ],
)
def test_relation(claim: str, policy: str, relation: Relation) -> None:
    assert compare(values_of(claim)[0], values_of(policy)[0]) is relation


@pytest.mark.parametrize(
    "text", ["within 30 days", "$5 per night", "two bags", "1 March 2025", "6 PM", "5 to 7 days"]
)
def test_a_value_is_the_same_as_itself(text: str) -> None:
    (value,) = values_of(text)
    assert compare(value, value) is Relation.SAME


@pytest.mark.parametrize(
    ("value", "said", "policy"),
    [
        ("$100", "4 nights", "$25 per night"),
        ("$30", "$120", "25%"),
        ("24 days", "21 days", "45 days"),
        ("€0.50", "5 minutes", "€0.10 a minute"),
    ],
)
def test_simple_arithmetic_explains_a_value(value: str, said: str, policy: str) -> None:
    assert is_derived(values_of(value)[0], values_of(said), values_of(policy))


@pytest.mark.parametrize(
    ("claim", "policy"),
    [
        ("open from 9 am to 5 pm", "It opens at 9 am and closes at 5 pm."),
        ("between $20 and $500", "Cards start at $20; the largest holds $500."),
        ("6:00-22:00", "The hotline is staffed from 6 am. It closes at 10 pm."),
        ("3 to 5 GB", "Plans start at 3 GB; the largest has 5 GB."),
    ],
)
def test_a_range_is_found_where_both_its_ends_stand(claim: str, policy: str) -> None:
    (value,) = values_of(claim)
    assert found_in(value, values_of(policy)) is not None
    assert found_in(value, values_of(policy)[:1]) is None


POLICY_LINES = {
    "bags": "Bags over 23 kg cost $50.",
    "shipping": "Shipping is free for orders over $50.",
    "meal": "Passengers get a meal voucher for delays of more than 3 hours.",
    "loan": "Loans over $10,000 need a guarantor.",
    "dispatch": "Orders placed before 2 pm are shipped the same day.",
    "cancel": "You can cancel up to 14 days before departure for a full refund.",
    "roaming": "Up to 20 GB a month may be used abroad.",
    "storage": "Heating oil is delivered from 500 litres.",
    "age": "The room may be booked by guests of at least 21 years.",
    "return": "Items can be returned within 30 days of delivery.",
}


@pytest.mark.parametrize(
    ("line", "question", "claim"),
    [
        ("bags", "My bag weighs 25 kg.", "A 25 kg bag costs $50."),
        ("shipping", "My order is $75.", "For an order of $75, shipping is free."),
        ("meal", "We are 4 hours late.", "For a delay of 4 hours you get a meal voucher."),
        ("loan", "I need $15,000.", "A loan of $15,000 needs a guarantor."),
        ("dispatch", "I order at 11 am.", "An order placed at 11 am is shipped the same day."),
        ("cancel", "I leave in 20 days.", "If you cancel 20 days before departure, you get a full refund."),
        ("roaming", "I need 12 GB in Spain.", "Your 12 GB may be used abroad."),
        ("storage", "We'd like 800 litres.", "800 litres of heating oil are delivered."),
        ("return", "It came 45 days ago.", "After 45 days you can no longer return the item."),
        ("return", "It came 45 days ago.", "45 days is too late to return an item."),
        ("roaming", "I need 30 GB in Spain.", "You cannot use 30 GB a month abroad."),
    ],
)
def test_the_customers_own_number_is_a_case_of_the_limit(line: str, question: str, claim: str) -> None:
    (standing,) = [
        each for each in standings(claim, question, POLICY_LINES[line]) if each.value.quote in question
    ]
    assert standing.standing is Standing.INSTANCE


@pytest.mark.parametrize(
    ("line", "question", "claim"),
    [
        ("return", "Your page says within 90 days. Is it so?", "Items can be returned within 90 days."),
        ("return", "It came 45 days ago.", "After 45 days you can still return the item."),
        ("return", "How long do I have?", "You have 20 days to return the item."),
        ("bags", "What does my bag cost?", "A bag of 25 kg costs $50."),
        ("bags", "Is it $60, as I read?", "Bags over 23 kg cost $60."),
    ],
)
def test_another_limit_than_the_policys_conflicts(line: str, question: str, claim: str) -> None:
    found = [each.standing for each in standings(claim, question, POLICY_LINES[line])]
    assert Standing.CONFLICT in found


@pytest.mark.parametrize(
    ("claim", "line"),
    [
        ("A second bag costs $40.", "The first bag is free and each additional bag costs $40."),
        ("The third SIM costs $5.", "The first SIM is free, every further SIM costs $5."),
        ("The second year costs $60.", "It is waived for the first year and is $60 a year afterwards."),
        ("From the second night on you pay €2.", "The first night is free, subsequent nights cost €2."),
    ],
)
def test_the_next_one_is_no_other_than_the_first(claim: str, line: str) -> None:
    assert Standing.CONFLICT not in [each.standing for each in standings(claim, None, line)]


def test_another_ordinal_conflicts_where_nothing_goes_on() -> None:
    found = standings("The second bag is free.", None, "The first bag is free.")
    assert [each.standing for each in found] == [Standing.CONFLICT]


def standings(claim: str, question: str | None, line: str) -> list[ValueStanding]:
    return value_standings(claim, question, line, line, [], [])


@pytest.mark.parametrize(
    ("value", "asked", "policy"),
    [
        ("6%", "Inflation is 4, can you do that?", "inflation plus 2 percentage points"),
        ("€5,000", "I bring home 2,500 a month.", "€2,500 more than the income"),
        ("£27", "I drove 60 miles.", "45p a mile in your own car"),
        ("3 pm", "I ordered at 1 pm.", "ready within 2 hours"),
    ],
)
def test_what_the_customer_said_is_reckoned_with(value: str, asked: str, policy: str) -> None:
    assert is_derived(values_of(value)[0], [], values_of(policy), asked=values_of(asked))


@pytest.mark.parametrize(
    ("value", "text", "policy"),
    [
        ("16 hours", "The target is double the usual one, so 16 hours.", "The target is 8 hours."),
        ("$21", "The large plan costs $21 more.", "The large plan is $39, the small one $18."),
        ("5 GB", "With Lite you have half of it: 5 GB.", "Max has 10 GB."),
    ],
)
def test_an_answer_that_says_how_it_reckons_may_use_policy_alone(value: str, text: str, policy: str) -> None:
    assert is_derived(values_of(value)[0], [], values_of(policy), text=text)
    assert not is_derived(values_of(value)[0], [], values_of(policy))


@pytest.mark.parametrize(
    ("value", "asked", "text", "policy"),
    [
        ("24 months", "24 months", "It is covered every 24 months.", "One set is covered every 36 months."),
        ("twice", "", "The pass works twice.", "The pass works once."),
        ("$40", "", "It costs more than $40.", "Plans cost $60 and $20."),
    ],
)
def test_what_is_only_said_again_is_not_reckoned(value: str, asked: str, text: str, policy: str) -> None:
    assert not is_derived(values_of(value)[0], [], values_of(policy), asked=values_of(asked), text=text)


@pytest.mark.parametrize(
    ("value", "asked"),
    [
        ("eleven days", "It was written on 1 May; we fly on 12 May."),
        ("22 months", "Caught in May 2024 and in March 2026."),
        ("four months", "I signed in December. What about April, in April?"),
        ("ten days", "From 25 December 2025 to 4 January 2026?"),
    ],
)
def test_the_time_between_two_dates_is_known(value: str, asked: str) -> None:
    dates = [date for text in asked.split(".") for date in values_of(text)]
    assert lies_between(values_of(value)[0], dates)
    assert not lies_between(values_of("3 days")[0], dates)


@pytest.mark.parametrize(
    ("value", "other"),
    [
        ("a month", "30 days"),
        ("two months", "60 days"),
        ("a year", "365 days"),
        ("6 weeks", "a month and a half"),
    ],
)
def test_months_and_days_are_converted(value: str, other: str) -> None:
    one, two = values_of(f"within {value}"), values_of(f"within {other}")
    assert is_converted(one[0], two)
    assert not is_converted(one[0], values_of("within 20 days"))


def test_a_limit_s_other_side_is_known_where_the_line_speaks_of_it() -> None:
    claim, question = "For £120 a manager has to agree.", "I want £120."
    line = "Agents may grant up to £75; anything above that needs a manager."
    assert [each.standing for each in standings(claim, question, line)] == [Standing.INSTANCE]
    alone = standings(claim, question, "Agents may grant up to £75.")
    assert [each.standing for each in alone] == [Standing.CONFLICT]


def test_a_number_may_leave_its_unit_to_one_before() -> None:
    line = "We answer most calls within 5 minutes, and all of them within 20."
    said = standings("All calls are answered within 20 minutes.", None, line)
    assert Standing.CONFLICT not in [each.standing for each in said]
    other = standings("All calls are answered within 15 minutes.", None, line)
    assert [each.standing for each in other] == [Standing.CONFLICT]


def test_two_numbers_of_the_policy_alone_derive_nothing() -> None:
    assert not is_derived(values_of("$100")[0], [], values_of("4 nights at $25"))
