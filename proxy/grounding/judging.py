"""One claim to one judgement: which kind of proof it needs, and whether that proof is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from proxy.corpus.documents import Hit
from proxy.grounding.account import judge_account
from proxy.grounding.types import Claim, ClaimKind, Fact, Label, Verdict, Verifier


@dataclass(frozen=True, slots=True)
class Judgement:
    """A claim with its verdict and what retrieval brought for it."""

    claim: Claim
    verdict: Verdict
    hits: tuple[Hit, ...] = ()


NOTHING_TO_CHECK = Verdict(Label.NOT_CHECKABLE, 1.0, "says nothing that a policy could confirm or deny")


def judge_claim(
    claim: Claim,
    *,
    question: str | None,
    hits: Sequence[Hit],
    facts: Sequence[Fact],
    said: Sequence[str],
    verifier: Verifier,
) -> Judgement:
    """Policy claims rest on the corpus, account facts on tool results, mixed ones on both.

    ``said`` is what the customer wrote: it proves what the customer said, never policy.
    """
    if claim.kind is ClaimKind.NOT_CHECKABLE:
        return Judgement(claim, NOTHING_TO_CHECK)
    if claim.kind is ClaimKind.ACCOUNT:
        return Judgement(claim, judge_account(claim, facts=facts, question=question, said=said), tuple(hits))
    policy = verifier.verify(claim, question=question, hits=hits, facts=facts)
    if claim.kind is ClaimKind.POLICY:
        return Judgement(claim, policy, tuple(hits))
    return Judgement(
        claim, weaker(policy, judge_account(claim, facts=facts, question=question, said=said)), tuple(hits)
    )


def weaker(first: Verdict, second: Verdict) -> Verdict:
    """The verdict that a claim needing both proofs gets: the one that is further from support."""
    order = {Label.CONTRADICTED: 0, Label.UNSUPPORTED: 1, Label.SUPPORTED: 2, Label.NOT_CHECKABLE: 3}
    return min(first, second, key=lambda verdict: (order[verdict.label], verdict.confidence))
