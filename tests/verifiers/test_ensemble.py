"""Several verifiers as one: how they add up, and what a member that fails means."""

from __future__ import annotations

import pytest
from support.policy import verdict_on
from support.saying import Saying

from proxy.grounding.types import Evidence, Label, Verdict, VerifierError
from proxy.verifiers.ensemble import EnsembleVerifier, Member


def says(label: Label, confidence: float, reason: str = "") -> Saying:
    return Saying(Verdict(label, confidence, reason, (Evidence("refunds", "", f"a quote of {reason}"),)))


SUPPORTED, CONTRADICTED, UNSUPPORTED = Label.SUPPORTED, Label.CONTRADICTED, Label.UNSUPPORTED


def ensemble(*members: tuple[Saying, float], **options: object) -> EnsembleVerifier:
    return EnsembleVerifier([Member(verifier, weight) for verifier, weight in members], **options)  # type: ignore[arg-type]


def judged(*members: tuple[Saying, float], **options: object) -> Verdict:
    return verdict_on(ensemble(*members, **options), "Refunds take 30 days.")


def test_confidences_are_weighed() -> None:
    verdict = judged((says(SUPPORTED, 0.9), 3), (says(SUPPORTED, 0.7), 1))
    assert (verdict.label, verdict.confidence) == (SUPPORTED, pytest.approx(0.85))
    assert (verdict.scores["member_1"], verdict.scores["member_2"]) == (0.9, 0.7)


def test_the_label_is_that_with_the_most_weight_and_the_heaviest_of_them_speaks() -> None:
    verdict = judged(
        (says(CONTRADICTED, 0.1, "first"), 1),
        (says(CONTRADICTED, 0.2, "second"), 2),
        (says(SUPPORTED, 0.9), 2.5),
    )
    assert (verdict.label, verdict.reason) == (CONTRADICTED, "second")
    assert verdict.evidence[0].quote == "a quote of second"


def test_a_tie_goes_away_from_support() -> None:
    assert judged((says(SUPPORTED, 1.0), 1), (says(CONTRADICTED, 0.4), 1)).label is CONTRADICTED


def test_a_mean_below_the_bar_is_not_supported_and_the_reason_says_so() -> None:
    verdict = judged((says(SUPPORTED, 0.7), 2), (says(UNSUPPORTED, 0.1), 1))
    assert verdict.label is UNSUPPORTED and verdict.confidence == pytest.approx(0.5)
    assert verdict.reason == "the verifiers do not agree that the policy says so"


def test_the_most_cautious_one_decides_where_that_is_set() -> None:
    members = ((says(SUPPORTED, 0.99), 9), (says(UNSUPPORTED, 0.3, "not found"), 1))
    verdict = judged(*members, combine="cautious")
    assert (verdict.label, verdict.confidence, verdict.reason) == (UNSUPPORTED, 0.3, "not found")


@pytest.mark.parametrize("combine", ["mean", "cautious"])
def test_a_member_that_fails_makes_the_claim_unverified(combine: str) -> None:
    with pytest.raises(VerifierError, match="down"):
        judged((says(SUPPORTED, 0.9), 1), (Saying(None), 1), combine=combine)


@pytest.mark.parametrize("combine", ["mean", "cautious"])
def test_a_member_may_be_left_out_and_the_verdict_says_so(combine: str) -> None:
    verdict = judged(
        (says(SUPPORTED, 0.9, "so it is"), 1), (Saying(None, "tei"), 1), combine=combine, leave_out=True
    )
    assert (verdict.label, verdict.confidence) == (SUPPORTED, 0.9)
    assert verdict.reason == "so it is (judged without tei, which could not judge)"
    assert verdict.scores["members_missing"] == 1


def test_nobody_left_is_no_verdict() -> None:
    with pytest.raises(VerifierError, match="none of the ensemble's members"):
        judged((Saying(None), 1), (Saying(None), 1), leave_out=True)


def test_the_version_follows_the_members() -> None:
    changing = says(SUPPORTED, 0.9)
    both = ensemble((changing, 1), (says(SUPPORTED, 0.9), 1))
    before = both.version
    changing.version = "2"
    assert before != both.version
    assert before != ensemble((says(SUPPORTED, 0.9), 2), (says(SUPPORTED, 0.9), 1)).version
