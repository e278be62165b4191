"""What becomes of a case when more cases come than people can look at: the bar for delivering stays where it is.

Pure: how long the wait is, is for others to say (proxy/review/capacity.py).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from proxy.actions.decide import Action, Ruling, risk_of
from proxy.actions.inquiry import Inquiry
from proxy.actions.rewrite import rewrite_evidence
from proxy.corpus.documents import Risk
from proxy.grounding.judging import Judgement
from proxy.grounding.types import ClaimKind


class Course(StrEnum):
    """A person takes it; or the customer reads policy's own words; or that it cannot be settled here."""

    PEOPLE = "people"
    QUOTE = "quote"
    HONEST = "honest"


class Overload(Protocol):
    """Says what becomes of a case as things are now; called in a judge's thread.

    ``cannot_settle`` is what the customer reads where it is not handed over and policy's words are not told.
    """

    def cannot_settle(self, risk: Risk) -> str: ...

    def course(self, risk: Risk, *, quotable: bool) -> Course: ...


def course_for(risk: Risk, *, quotable: bool, wait_s: float, most_wait_s: float) -> Course:
    """A case is handed over, unless people would get to it too late; one of high risk always.

    ``wait_s`` is how long it would wait, ``most_wait_s`` how long one of its risk may; ``quotable``: policy has words
    about it. Those are told by themselves where the risk is low. Of medium risk the customer hears how long people
    take, and chooses.
    """
    if risk is Risk.HIGH or wait_s <= most_wait_s:
        return Course.PEOPLE
    return Course.QUOTE if quotable and risk is Risk.LOW else Course.HONEST


def eased(ruling: Ruling, judgement: Judgement, overload: Overload | None, inquiry: Inquiry) -> Ruling:
    """The ruling as it is where people have too much to do.

    Only what would be handed over, and is about policy alone: a customer's own account is nothing to quote about. Who
    tries a text, has read it already, or comes to an open case is not to be told that people are busy.
    """
    spared = inquiry.dry_run or inquiry.immediate or inquiry.about_open_case
    if overload is None or spared or ruling.action is not Action.ESCALATE:
        return ruling
    if judgement.claim.kind is not ClaimKind.POLICY:
        return ruling
    quotable = rewrite_evidence(judgement) is not None
    risk = risk_of(judgement)
    course = overload.course(risk, quotable=quotable)
    if course is Course.PEOPLE:
        return ruling
    reason = f"{ruling.reason}; people would get to it too late, and its risk is {risk.value}"
    if course is Course.QUOTE:
        return Ruling(Action.REWRITE, reason)
    return Ruling(Action.REFUSE, reason, refusal=overload.cannot_settle(risk))
