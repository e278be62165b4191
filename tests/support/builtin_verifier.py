"""The built-in verifier over documents given as texts."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from proxy.corpus.corpus import Corpus
from proxy.corpus.documents import Scope
from proxy.corpus.reading import read_content
from proxy.grounding.policy.verifier import PolicyVerifier
from proxy.grounding.types import Claim, ClaimKind, Fact, Verdict
from proxy.models.embedder import Embedder
from proxy.models.entailment import EntailmentModel

NOW = Scope(datetime(2026, 1, 1, tzinfo=UTC))


@cache
def embedder() -> Embedder:
    return Embedder.load()


def new_verifier() -> PolicyVerifier:
    return PolicyVerifier(embedder().embed, EntailmentModel.load())


verifier = cache(new_verifier)


@cache
def corpus_of(*texts: str) -> Corpus:
    documents = [read_content(f"document-{number}.md", text.encode()) for number, text in enumerate(texts)]
    return Corpus(documents, embedder())


def judge(
    text: str, *documents: str, question: str | None = None, reading: str = "", facts: tuple[Fact, ...] = ()
) -> Verdict:
    """Retrieves for the claim and its question among the documents, and judges it."""
    claim = Claim(text, 0, len(text), ClaimKind.POLICY, reading or text)
    hits = corpus_of(*documents).retrieve(claim.reading, NOW, question=question)
    return verifier().verify(claim, question=question, hits=hits, facts=facts)
