"""One claim to one judgement: which kind of proof it needs, and whether that proof is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from proxy.corpus.documents import Hit
from proxy.grounding.account.judge import judge_account, restates_record
from proxy.grounding.claims.bare_answers import is_bare_answer
from proxy.grounding.claims.kinds import may_be_policy
from proxy.grounding.claims.own_values import values_stand_in
from proxy.grounding.types import Claim, ClaimKind, Evidence, Fact, Label, Verdict, Verifier

PASSAGES = 8  # how many passages a claim is held against


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
    if is_bare_answer(claim.text):
        return Judgement(claim, _uncheckable_yes(hits), tuple(hits))
    if claim.kind is ClaimKind.ACCOUNT:
        verdict = judge_account(claim, facts=facts, question=question, said=said)
        if verdict.label is Label.UNSUPPORTED and may_be_policy(claim.text):
            # "Your summer pass ends on 30 September" may be a record or policy; where no record says it, policy may.
            policy = verifier.verify(claim, question=question, hits=hits, facts=())
            named = values_stand_in([hit.passage.text for hit in hits], claim.text)
            verdict = policy if named and policy.label is Label.SUPPORTED else verdict
    elif claim.kind is ClaimKind.MIXED:
        policy = verifier.verify(claim, question=question, hits=hits, facts=facts)
        verdict = weaker(policy, judge_account(claim, facts=facts, question=question, said=said))
    else:
        verdict = verifier.verify(claim, question=question, hits=hits, facts=facts)
        if verdict.label is Label.UNSUPPORTED and facts:
            # "Business: $239" may be policy or a record; where no policy says it, a tool result may.
            verdict = restates_record(claim, facts=facts, said=said) or verdict
    return Judgement(claim, verdict, tuple(hits))


def _uncheckable_yes(hits: Sequence[Hit]) -> Verdict:
    """A bare yes or no: policy may say either, so its own words are the better answer."""
    reason = "a bare yes or no cannot be held against policy"
    if not hits:
        return Verdict(Label.UNSUPPORTED, 0.2, reason)
    passage = hits[0].passage
    document = passage.document
    evidence = Evidence(
        document.id, passage.section, passage.text, document.source, document.title, passage.id
    )
    return Verdict(Label.UNSUPPORTED, 0.2, reason, (evidence,))


def weaker(first: Verdict, second: Verdict) -> Verdict:
    """The verdict that a claim needing both proofs gets: the one that is further from support."""
    order = {Label.CONTRADICTED: 0, Label.UNSUPPORTED: 1, Label.SUPPORTED: 2, Label.NOT_CHECKABLE: 3}
    return min(first, second, key=lambda verdict: (order[verdict.label], verdict.confidence))
