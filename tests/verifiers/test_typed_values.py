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
    ],
)
def test_only_different_values_of_the_same_kind_are_another_value(
    claim: str, quote: str, expected: bool
) -> None:
    assert states_another_value(claim, quote) is expected
