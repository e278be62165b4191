"""Asking again tells the model what was wrong, with the evidence, as quotations."""

from __future__ import annotations

from proxy.actions.decide import Action, Judged, Ruling
from proxy.actions.reask import correction
from proxy.grounding.judging import Judgement
from proxy.grounding.segments import segment
from proxy.grounding.types import Claim, ClaimKind, Evidence, Label, Verdict

WRONG = "Bags are free."


def test_the_evidence_and_the_reason_are_there() -> None:
    (piece,) = segment(WRONG)
    evidence = Evidence("bags", "Fees", "A bag costs $60.", None, "Baggage fees")
    verdict = Verdict(Label.CONTRADICTED, 0.05, "the policy says $60", (evidence,))
    claim = Claim(WRONG, 0, len(WRONG), ClaimKind.POLICY, WRONG)
    wrong = Judged(piece, Ruling(Action.REWRITE, verdict.reason), Judgement(claim, verdict))
    answer, instruction = correction(WRONG, [wrong])
    assert answer == {"role": "assistant", "content": WRONG}
    for part in (WRONG, "the policy says $60", "A bag costs $60.", "Baggage fees"):
        assert part in instruction["content"]
