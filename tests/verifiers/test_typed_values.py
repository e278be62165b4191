"""When a quote states another value than the claim."""

from __future__ import annotations

import pytest

from proxy.verifiers.typed_values import states_another_value


@pytest.mark.parametrize(
    ("claim", "quote", "expected"),
    [
        ("Refunds take 90 days.", "Refunds are paid within 30 days.", True),
        ("The fee is $25.", "A fee of $20 applies.", True),
        ("Refunds take 30 days.", "Refunds are paid within 30 days.", False),
        ("Refunds take 30 days.", "Refunds take 30 days, exchanges 90 days.", False),
        ("Refunds are quick.", "Refunds are paid within 30 days.", False),
        ("The fee is $25.", "Refunds are paid within 30 days.", False),
        ("Refunds take 90 days.", "Refunds are paid on request.", False),
        ("The tax is €3 per night for each person.", "The tax is €3 per person per night.", False),
        ("The fee is US$50.", "The fee is C$50.", True),
        ("A second bag costs $40.", "The first bag is free and each additional bag costs $40.", False),
        ("The second bag is free.", "The first bag is free.", True),
        ("It is open from 9 am to 5 pm.", "It opens at 9 am and closes at 5 pm.", False),
        ("It is open from 9 am to 6 pm.", "It opens at 9 am and closes at 5 pm.", True),
        ("Cancel within 24 hours before arrival.", "Cancel at least 24 hours before arrival.", True),
        ("Cancel at least 24 hours before arrival.", "Cancel up to 24 hours before arrival.", False),
    ],
)
def test_only_different_values_of_the_same_kind_are_another_value(
    claim: str, quote: str, expected: bool
) -> None:
    assert states_another_value(claim, quote) is expected
