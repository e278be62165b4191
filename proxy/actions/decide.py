"""The one place where a verdict becomes an action."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

from proxy.actions.rewrite import rewrite_evidence
from proxy.corpus.documents import Document, Risk
from proxy.grounding.judging import Judgement
from proxy.grounding.text.segments import Segment
from proxy.grounding.types import ClaimKind, Label
from proxy.rules.policies import Route


class Action(IntEnum):
    """What is done with a sentence, or with a whole answer; the greater is the worse."""

    DELIVER = 0
    REWRITE = 1
    ESCALATE = 2
    REFUSE = 3

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Ruling:
    """An action with the reason for it, in words; ``called_for`` is there where what was called for is not done.

    ``refusal`` is what the customer reads where it is refused for another reason than that it cannot be checked.
    """

    action: Action
    reason: str
    called_for: Action | None = None
    refusal: str | None = None

    @property
    def wanted(self) -> Action:
        return self.action if self.called_for is None else self.called_for

    def not_followed(self) -> Ruling:
        """The same where everything leaves (``delivery: immediate``)."""
        return Ruling(Action.DELIVER, self.reason, called_for=self.action)


@dataclass(frozen=True, slots=True)
class Judged:
    """A segment of an answer after judging: a judgement with its ruling, or why there is none (``unverified``)."""

    segment: Segment
    ruling: Ruling
    judgement: Judgement | None = None
    unverified: str | None = None

    def ruled(self, ruling: Ruling) -> Judged:
        """The same with another ruling."""
        return replace(self, ruling=ruling)


def decide(judgement: Judgement, route: Route, *, confidence: float = 0.0, rewrites: bool = False) -> Ruling:
    """Map one judgement to an action by the route's thresholds and choices.

    ``confidence`` is the least that rules require besides the route; ``rewrites``: they want policy's own words also in
    the place of what policy supports, where it has any.
    """
    verdict = judgement.verdict
    if verdict.label is Label.NOT_CHECKABLE:
        return Ruling(Action.DELIVER, verdict.reason)
    required = max(confidence, route.required_confidence(risk_of(judgement)))
    if verdict.label is Label.SUPPORTED and verdict.confidence >= required:
        if rewrites and rewrite_evidence(judgement) is not None:
            return Ruling(Action.REWRITE, "a rule asks for policy's own words")
        return Ruling(Action.DELIVER, verdict.reason)
    reason = verdict.reason
    if verdict.label is Label.SUPPORTED:
        reason = f"confidence {verdict.confidence:.2f} is below the required {required:.2f}"
    return Ruling(_action_for(judgement, route), reason)


def decide_unverified(reason: str, route: Route) -> Ruling:
    """What the route wants done with a sentence that could not be checked."""
    actions = {"open": Action.DELIVER, "closed": Action.REFUSE, "escalate": Action.ESCALATE}
    return Ruling(actions[route.on_unverified], f"not verified: {reason}")


def _action_for(judgement: Judgement, route: Route) -> Action:
    """What the route chose; a rewrite for which policy has no words becomes a handover."""
    quotable = rewrite_evidence(judgement) is not None
    kind, label = judgement.claim.kind, judgement.verdict.label
    if kind is ClaimKind.ACCOUNT or (kind is ClaimKind.MIXED and not quotable):
        chosen = route.account_unsupported
    else:
        chosen = route.contradicted if label is Label.CONTRADICTED else route.unsupported
    action = Action[chosen.upper()]
    return action if action is not Action.REWRITE or quotable else Action.ESCALATE


def risk_of(judgement: Judgement) -> Risk:
    """The risk of the document that decided; of the nearest one where no quote decided; else medium."""
    document = deciding_document(judgement)
    if document is not None:
        return document.risk
    return judgement.hits[0].passage.document.risk if judgement.hits else Risk.MEDIUM


def deciding_document(judgement: Judgement) -> Document | None:
    """The document whose quote decided; None where none did, or a fact about the customer."""
    quoted = judgement.verdict.evidence[0].document if judgement.verdict.evidence else None
    documents = (hit.passage.document for hit in judgement.hits)
    return next((document for document in documents if document.id == quoted), None)
