"""Passages and claims for the verifiers' tests: a small company's policy, read as a corpus reads it."""

from __future__ import annotations

from collections.abc import Sequence

from proxy.corpus.documents import Hit
from proxy.corpus.reading import read_content
from proxy.grounding.types import Claim, ClaimKind, Fact, Verdict, Verifier

REFUNDS = """# Refunds

Refunds are paid within 30 days of the return. The **original receipt** is needed for every refund.

| Fare | Refund |
|---|---|
| Flex | full |
| Light | none |
"""
STORES = """# Stores

Our stores open at 9 AM on working days.
"""


def hits_of(*documents: str) -> list[Hit]:
    """Every passage of these documents as a hit, in their order."""
    read = [read_content(f"document-{number}.md", text.encode()) for number, text in enumerate(documents)]
    return [Hit(passage, 1.0, 0.5, 0.5) for document in read for passage in document.passages]


HITS = hits_of(REFUNDS, STORES)


def claim_of(text: str) -> Claim:
    return Claim(text, 0, len(text), ClaimKind.POLICY, text)


def verdict_on(
    verifier: Verifier,
    text: str,
    *,
    question: str | None = None,
    hits: Sequence[Hit] = HITS,
    facts: Sequence[Fact] = (),
) -> Verdict:
    return verifier.verify(claim_of(text), question=question, hits=hits, facts=facts)
