"""Claims made from policy texts without labels by controlled edits, with the passages that retrieval brings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

from proxy.models.embedder import Embedder
from proxy.models.training.edited_sentences import edited_sentences_of
from proxy.models.training.labelled_claims import LabelledClaim, corpus_of, retrieved
from proxy.models.training.open_documents import OpenDocument, open_documents


def document_claims(data: Path, seed: int = 5) -> list[LabelledClaim]:
    """True and false versions of the sentences of all documents but the held-out ones, without passages.

    ``type`` is the kind of edit, ``id`` names the sentence, ``company`` the collection it is judged against.
    """
    random = Random(seed)
    return [
        claim
        for document in open_documents(data)
        if not document.held_out
        for claim in _claims_of(document, random)
    ]


def with_passages(claims: Sequence[LabelledClaim], data: Path, embedder: Embedder) -> list[LabelledClaim]:
    """Each beside what retrieval brings of its collection, held-out documents included."""
    by_collection = defaultdict(list)
    for document in open_documents(data):
        by_collection[document.source].append((document.title, document.text))
    corpora = {name: corpus_of(texts, embedder) for name, texts in by_collection.items()}
    return [replace(claim, hits=retrieved(claim, corpora[claim.company])) for claim in claims]


def _claims_of(document: OpenDocument, random: Random) -> Iterator[LabelledClaim]:
    for edit in edited_sentences_of(document.text, random):
        yield LabelledClaim(
            id=f"{document.id}: {edit.original}",
            source="documents",
            company=document.source,
            question="",
            claim=edit.text,
            label=edit.label,
            type=edit.kind,
        )
