"""A recorded answer judged once more: with the documents of any time, as it was asked then, for whom and where."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from proxy.corpus.corpus import Corpus
from proxy.corpus.documents import CUSTOMER_AUDIENCE, Hit, Scope
from proxy.grounding.claims.kinds import claim_of
from proxy.grounding.judging import PASSAGES, judge_claim, weaker
from proxy.grounding.text.segments import Segment
from proxy.grounding.types import ClaimKind, Fact, Label, Verdict, Verifier
from proxy.ledger.records import DecisionRecord
from proxy.rules.policies import Policies


def scope_of(record: DecisionRecord, date: datetime, documents: tuple[str, ...] = ("*",)) -> Scope:
    """The scope at this date. ``documents`` are globs; a record without its request is taken for a customer's."""
    asked = record.request or {}
    market, audience = asked.get("market"), asked.get("audience")
    return Scope(date, market or None, audience or CUSTOMER_AUDIENCE, documents)


def documents_of(record: DecisionRecord, policies: Policies) -> tuple[str, ...]:
    """The globs of the documents that count on the record's route; all where there is no such route any more."""
    routes = (route for route in policies.routes if route.name == record.route)
    return next((route.documents for route in routes), ("*",))


def facts_of_record(record: DecisionRecord) -> tuple[Fact, ...]:
    """What tools had returned about the customer, as far as it is kept."""
    return tuple(
        Fact(fact["source"], fact["text"], fact.get("succeeded", True))
        for fact in record.facts
        if fact.get("text")
    )


def weakest_by(
    corpus: Corpus,
    pieces: Sequence[Segment],
    question: str | None,
    scope: Scope,
    facts: Sequence[Fact],
    verifier: Verifier,
) -> Verdict:
    """The weakest verdict over several sentences. Raises VerifierError."""
    verdict = Verdict(Label.NOT_CHECKABLE, 1.0, "")
    for piece in pieces:
        claim = claim_of(piece, question)
        hits: Sequence[Hit] = ()
        if claim.kind is not ClaimKind.NOT_CHECKABLE:
            hits = corpus.retrieve(claim.reading, scope, PASSAGES, question=question)
        judged = judge_claim(claim, question=question, hits=hits, facts=facts, said=(), verifier=verifier)
        verdict = weaker(verdict, judged.verdict)
    return verdict
