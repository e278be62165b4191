"""What customers asked that no document answers, ranked by how many asked and what it did to them.

A gap shows in two ways at once: no document bore out or denied what the model said, and no passage is near to what was
asked. Where one is near, the document may answer it and the model made something up; or it speaks of nearly that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from proxy.actions.judged_again import scope_of
from proxy.authoring.coverage.asked import Asked, asked_in
from proxy.authoring.coverage.grouping import groups_of
from proxy.corpus.corpus import Corpus
from proxy.corpus.documents import Hit
from proxy.corpus.embeddings import TextEmbedder
from proxy.ledger.records import DecisionRecord

# Chosen on the planted gaps of tests/authoring/coverage/data/gaps.yaml that are not held out.
ALIKE = 0.55  # cosine, of a question with what the model said to it
NEAR = (
    0.52  # cosine with a passage of the question or the answer, from which that passage may well be about it
)
_MISSED = 0.5  # of those who asked alike
_PASSAGES = 8


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions that are alike and that no document answers; ``question`` is the one that most others are like.

    ``asked`` counts the answers that no document bore out, ``handed_over`` those of them that went to a person or were
    refused. ``answered`` counts questions like these to which the documents had something to say. ``harm`` is the sum
    over the answers (``asked.HARM``), by which gaps are ranked. ``share`` is of all answers that were looked at.
    ``nearness`` is the median cosine to the nearest passage in force.
    """

    question: str
    asked: int
    handed_over: int
    answered: int
    harm: int
    share: float
    document: str | None
    section: str | None
    nearness: float
    responses: tuple[str, ...]

    @property
    def near(self) -> bool:
        """Whether a passage comes so near that it may well be about this, though it bore nothing out."""
        return self.nearness >= NEAR


@dataclass(frozen=True, slots=True)
class Coverage:
    """``read`` answers were looked at; ``textless`` are those without their question, because no text is kept.

    ``to_policy`` have policy in them, and ``missed`` of these none that a document speaks of.
    """

    gaps: tuple[Gap, ...]
    read: int
    textless: int
    to_policy: int
    missed: int


def coverage_of(
    records: Sequence[DecisionRecord], corpus: Corpus, embedder: TextEmbedder, now: datetime, least: int = 2
) -> Coverage:
    """The gaps in what the corpus answers as of ``now``, the worst first, those that a passage comes near to last.

    ``least`` is how many must have asked alike.
    """
    asked = asked_in(records, embedder.embed)
    missed = [one for one in asked if one.missed]
    gaps = list(_Search(asked, missed, corpus, embedder, now, len(records)).gaps(least)) if missed else []
    return Coverage(
        tuple(sorted(gaps, key=lambda gap: (gap.near, -gap.harm, gap.nearness))),
        read=len(records),
        textless=sum(record.question is None for record in records),
        to_policy=len(asked),
        missed=len(missed),
    )


class _Search:
    """One search, with the vectors of all questions at hand."""

    def __init__(
        self,
        asked: Sequence[Asked],
        missed: Sequence[Asked],
        corpus: Corpus,
        embedder: TextEmbedder,
        now: datetime,
        read: int,
    ) -> None:
        self._missed, self._corpus, self._now, self._read = missed, corpus, now, read
        self._questions = embedder.embed_many([one.question for one in missed])
        self._answered = embedder.embed_many([one.question for one in asked if not one.missed])
        claims = embedder.embed_many([one.claim for one in missed])
        told = np.array([[bool(one.claim)] for one in missed])
        both = self._questions + np.where(told, claims, np.float32(0))
        self._vectors = (both / np.linalg.norm(both, axis=1, keepdims=True)).astype(np.float32)

    def gaps(self, least: int) -> list[Gap]:
        groups = (rows for rows in groups_of(self._vectors, ALIKE) if len(rows) >= least)
        found = (self._gap(rows) for rows in groups)
        return [gap for gap in found if gap is not None]

    def _gap(self, rows: NDArray[np.intp]) -> Gap | None:
        leader, members = int(rows[0]), [self._missed[row] for row in rows]
        answered = int((self._answered @ self._questions[leader] >= ALIKE).sum())
        if len(members) < _MISSED * (len(members) + answered):
            return None
        nearest = [self._nearest(one) for one in members]
        nearness = float(np.median([hit.semantic if hit else 0.0 for hit in nearest]))
        passage = nearest[0].passage if nearest[0] else None
        return Gap(
            question=self._missed[leader].question,
            asked=len(members),
            handed_over=sum(one.record.decision in ("escalate", "refuse") for one in members),
            answered=answered,
            harm=sum(one.harm for one in members),
            share=len(members) / self._read,
            document=passage.document.id if passage else None,
            section=passage.section if passage else None,
            nearness=nearness,
            responses=tuple(one.record.response_id for one in members),
        )

    def _nearest(self, asked: Asked) -> Hit | None:
        """The passage in force now that is nearest in meaning, to the question or to what the model said."""
        scope = scope_of(asked.record, self._now)
        hits = [
            hit
            for text in (asked.question, asked.claim)
            for hit in self._corpus.retrieve(text, scope, _PASSAGES)
        ]
        return max(hits, key=lambda hit: hit.semantic, default=None)
