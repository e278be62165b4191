"""One place maps a verdict to an action."""

from __future__ import annotations

from typing import Any

import pytest

from proxy.actions.decide import Action, decide, decide_unverified
from proxy.corpus.documents import Document, Hit, Passage, PassageKind, Risk
from proxy.grounding.judging import NOTHING_TO_CHECK, Judgement
from proxy.grounding.types import Claim, ClaimKind, Evidence, Label, Verdict
from proxy.rules.policies import Route

QUOTE = Evidence("bags", "Bags", "Two bags are free.")
TOOL = Evidence("tool:get_booking", "status", '"status": "open"')


def hit(semantic: float = 0.8, risk: Risk = Risk.MEDIUM) -> Hit:
    document = Document("bags", "bags.md", "Bags", "Two bags are free.", "0" * 64, risk=risk)
    return Hit(Passage(document, 1, PassageKind.PARAGRAPH, ("Bags",), "", "", 0, 0, 1, 1), 1.0, semantic, 1.0)


def judged(
    label: Label,
    confidence: float = 0.1,
    *,
    kind: ClaimKind = ClaimKind.POLICY,
    evidence: tuple[Evidence, ...] = (QUOTE,),
    hits: tuple[Hit, ...] = (hit(),),
) -> Judgement:
    claim = Claim("Two bags are free.", 0, 18, kind, "Two bags are free.")
    return Judgement(claim, Verdict(label, confidence, "why", evidence), hits)


def action(judgement: Judgement, **route: Any) -> Action:
    return decide(judgement, Route(name="r", **route)).action


def test_supported_and_sure_enough_is_delivered() -> None:
    assert action(judged(Label.SUPPORTED, 0.9)) is Action.DELIVER


def test_supported_and_not_sure_enough_is_not_delivered_and_says_why() -> None:
    ruling = decide(judged(Label.SUPPORTED, 0.6), Route(name="r", confidence={"required": 0.7}))
    assert ruling.action is Action.REWRITE
    assert ruling.reason == "confidence 0.60 is below the required 0.70"


def test_the_risk_of_the_deciding_document_raises_the_bar() -> None:
    sure = judged(Label.SUPPORTED, 0.8, hits=(hit(risk=Risk.HIGH),))
    assert action(sure, confidence={"by_risk": {"high": 0.9}}) is not Action.DELIVER
    assert action(judged(Label.SUPPORTED, 0.8), confidence={"by_risk": {"high": 0.9}}) is Action.DELIVER


def test_small_talk_is_delivered() -> None:
    claim = Claim("Hi!", 0, 3, ClaimKind.NOT_CHECKABLE, "Hi!")
    assert action(Judgement(claim, NOTHING_TO_CHECK)) is Action.DELIVER


@pytest.mark.parametrize("label", [Label.CONTRADICTED, Label.UNSUPPORTED])
def test_policy_is_quoted_where_it_speaks(label: Label) -> None:
    assert action(judged(label)) is Action.REWRITE


def test_where_policy_has_no_words_a_person_takes_over() -> None:
    assert action(judged(Label.UNSUPPORTED, evidence=())) is Action.ESCALATE
    assert action(judged(Label.UNSUPPORTED, hits=(hit(0.1),))) is Action.ESCALATE


def test_an_account_fact_follows_its_own_setting() -> None:
    claim = judged(Label.UNSUPPORTED, kind=ClaimKind.ACCOUNT, evidence=(TOOL,))
    assert action(claim) is Action.ESCALATE
    assert action(claim, account_unsupported="refuse", delivery="whole") is Action.REFUSE


def test_a_tool_result_is_never_quoted_as_policy() -> None:
    mixed = judged(Label.CONTRADICTED, kind=ClaimKind.MIXED, evidence=(TOOL,))
    assert action(mixed) is Action.ESCALATE


@pytest.mark.parametrize(
    ("choice", "expected"),
    [("open", Action.DELIVER), ("closed", Action.REFUSE), ("escalate", Action.ESCALATE)],
)
def test_an_unverified_sentence_follows_the_route(choice: str, expected: Action) -> None:
    ruling = decide_unverified("timeout", Route.model_validate({"name": "r", "on_unverified": choice}))
    assert (ruling.action, ruling.reason) == (expected, "not verified: timeout")


def test_a_rule_may_require_more_than_the_route_and_never_less() -> None:
    sure = judged(Label.SUPPORTED, 0.8)
    assert (
        decide(sure, Route(name="r"), confidence=0.9).reason == "confidence 0.80 is below the required 0.90"
    )
    assert (
        decide(sure, Route(name="r", confidence={"required": 0.85}), confidence=0.1).action is Action.REWRITE
    )


def test_policys_own_words_stand_in_for_what_it_supports_where_it_has_any() -> None:
    supported = judged(Label.SUPPORTED, 0.9)
    assert decide(supported, Route(name="r"), rewrites=True).action is Action.REWRITE
    by_tool = judged(Label.SUPPORTED, 0.9, kind=ClaimKind.ACCOUNT, evidence=(TOOL,))
    assert decide(by_tool, Route(name="r"), rewrites=True).action is Action.DELIVER
