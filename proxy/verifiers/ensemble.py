"""Several verifiers as one: the weighted mean of their confidences, or the most cautious of them."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import structlog
from pydantic import Field

from proxy.corpus.documents import Hit
from proxy.grounding.judging import weaker
from proxy.grounding.types import Claim, Fact, Label, Verdict, Verifier, VerifierError
from proxy.verifiers.nli import THRESHOLD
from proxy.verifiers.options import Options

log = structlog.get_logger(__name__)


class EnsembleOptions(Options):
    kind: Literal["ensemble"] = "ensemble"
    members: Annotated[tuple[dict[str, Any], ...], Field(min_length=2, max_length=8)]
    """The verifiers, each with its own `kind` and options, and a `weight` (1 where there is none)."""
    combine: Literal["mean", "cautious"] = "mean"
    """`mean` weighs the confidences, `cautious` takes the verdict that is furthest from support."""
    on_failure: Literal["fail", "leave-out"] = "fail"
    """Where a member cannot judge: `fail` makes the claim unverified, `leave-out` goes on without it and says so."""


@dataclass(frozen=True, slots=True)
class Member:
    verifier: Verifier
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Vote:
    member: Member
    verdict: Verdict


class EnsembleVerifier:
    """Asks its members one after the other. Where none is left to judge, that is a VerifierError."""

    name = "ensemble"

    def __init__(self, members: Sequence[Member], *, combine: str = "mean", leave_out: bool = False) -> None:
        self._members = tuple(members)
        self._cautious = combine == "cautious"
        self._leave_out = leave_out

    @property
    def version(self) -> str:
        """Of the members as they are now: one behind an address may change."""
        parts = [f"{each.verifier.name} {each.verifier.version} {each.weight}" for each in self._members]
        names = "+".join(each.verifier.name for each in self._members)
        return f"{names}-{hashlib.sha256(chr(10).join(parts).encode()).hexdigest()[:8]}"

    def verify(
        self, claim: Claim, *, question: str | None, hits: Sequence[Hit], facts: Sequence[Fact]
    ) -> Verdict:
        votes: list[Vote] = []
        missing: list[str] = []
        for member in self._members:
            try:
                verdict = member.verifier.verify(claim, question=question, hits=hits, facts=facts)
            except VerifierError as error:
                if not self._leave_out:
                    raise
                log.warning(
                    "a member of the ensemble could not judge", member=member.verifier.name, error=str(error)
                )
                missing.append(member.verifier.name)
                continue
            votes.append(Vote(member, verdict))
        if not votes:
            raise VerifierError("none of the ensemble's members could judge")
        verdict = _most_cautious(votes) if self._cautious else _mean(votes)
        return _marked(verdict, votes, missing)


def _most_cautious(votes: Sequence[Vote]) -> Verdict:
    verdict = votes[0].verdict
    for vote in votes[1:]:
        verdict = weaker(verdict, vote.verdict)
    return verdict


def _mean(votes: Sequence[Vote]) -> Verdict:
    """The label with the most weight behind it (a tie goes away from support), told by its surest member.

    A mean below the bar is not supported, whatever the labels.
    """
    total = sum(vote.member.weight for vote in votes)
    confidence = sum(vote.member.weight * vote.verdict.confidence for vote in votes) / total
    label = _heaviest(votes)
    speaker = _speaker(votes, label)
    if label is Label.SUPPORTED and confidence < THRESHOLD:
        reason = "the verifiers do not agree that the policy says so"
        return replace(speaker, label=Label.UNSUPPORTED, confidence=confidence, reason=reason)
    return replace(speaker, confidence=confidence)


def _heaviest(votes: Sequence[Vote]) -> Label:
    weights: dict[Label, float] = defaultdict(float)
    for vote in votes:
        weights[vote.verdict.label] += vote.member.weight
    from_support = (Label.CONTRADICTED, Label.UNSUPPORTED, Label.SUPPORTED, Label.NOT_CHECKABLE)
    return max((label for label in from_support if label in weights), key=lambda label: weights[label])


def _speaker(votes: Sequence[Vote], label: Label) -> Verdict:
    """The verdict, among those with this label, whose verifier weighs most; ties go to the earlier member."""
    return max(
        (vote for vote in votes if vote.verdict.label is label), key=lambda vote: vote.member.weight
    ).verdict


def _marked(verdict: Verdict, votes: Sequence[Vote], missing: Sequence[str]) -> Verdict:
    scores: Mapping[str, float] = {
        **verdict.scores,
        **{f"member_{number}": vote.verdict.confidence for number, vote in enumerate(votes, start=1)},
        "members_missing": float(len(missing)),
    }
    reason = verdict.reason
    if missing:
        reason += f" (judged without {', '.join(missing)}, which could not judge)"
    return replace(verdict, reason=reason, scores=dict(scores))
