"""How an answer's value stands to a policy's."""

from __future__ import annotations

import pytest

from proxy.grounding.values.comparing import Relation, compare, is_derived
from proxy.grounding.values.finding import values_of


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


def test_two_numbers_of_the_policy_alone_derive_nothing() -> None:
    assert not is_derived(values_of("$100")[0], [], values_of("4 nights at $25"))
