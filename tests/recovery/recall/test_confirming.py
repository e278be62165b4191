"""What says the asked thing is confirmed, in whatever words; what only looks like it is not."""

from __future__ import annotations

import pytest

from proxy.models.embedder import Embedder
from proxy.recovery.recall.asked import Asked
from proxy.recovery.recall.confirming import Confirming, shipped_weights


@pytest.fixture(scope="module")
def confirming(embedder: Embedder) -> Confirming:
    return Confirming.shipped(embedder.embed)


def test_every_fitted_weight_belongs_to_something_that_is_read(confirming: Confirming) -> None:
    """A feature of another name would count for nothing, and nobody would hear of it: fit_recalled.py is to be run."""
    read = confirming.features(Asked.of("a refund takes 14 days"), "Refunds are paid in 14 days.")
    assert shipped_weights().by_feature.keys() <= read.keys()


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("the visa fee is not refunded", "The visa fee is not refunded."),
        ("the visa fee is not refunded", "We do not pay the visa fee back."),
        ("a meter reading is due every six months", "Please read your meter every 6 months."),
        ("the shuttle to the airport costs 12 euros", "You pay €12 for the airport shuttle."),
        ("a refund takes up to ninety days", "Refunds are paid within 90 days of the return."),
    ],
)
def test_what_says_it_is_confirmed(asked: str, sentence: str, confirming: Confirming) -> None:
    assert confirming.judge(Asked.of(asked), sentence).confirmed


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("the visa fee is not refunded", "The visa fee is refunded."),
        ("a meter reading is due every six months", "The meter is replaced every six months."),
        ("the shuttle to the airport costs 12 euros", "The shuttle to the airport does not cost 12 euros."),
        ("the shuttle to the airport costs 12 euros", "Breakfast at the airport costs 12 euros."),
        ("a refund takes up to ninety days", "Refunds are paid within 14 days of the return."),
        ("a refund takes up to ninety days", "???"),
    ],
)
def test_what_says_something_else_is_not(asked: str, sentence: str, confirming: Confirming) -> None:
    assert not confirming.judge(Asked.of(asked), sentence).confirmed
