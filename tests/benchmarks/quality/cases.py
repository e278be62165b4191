"""Labelled claims as the guard would see them: with the passages that retrieval brings for each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.quality.corpora import company_corpora, company_files

from proxy.context.tool_results import facts_from_texts
from proxy.corpus.corpus import Corpus
from proxy.corpus.documents import Hit, Scope
from proxy.grounding.text.segments import Segment, segment
from proxy.grounding.types import Claim, ClaimKind, Fact
from proxy.models.embedder import Embedder

ADVERSARIAL, NATURAL = "adversarial", "natural"
PASSAGES = 8
ANY_DATE = Scope(datetime(2026, 1, 1, tzinfo=UTC))
_SLACK = 4  # characters of list marks and spaces that a label may count otherwise


@dataclass(frozen=True, slots=True)
class Case:
    """A claim, what it is said to be (``label``, ``type``), and all that a verifier gets to judge it by."""

    kind: str
    company: str
    document: str
    question: str | None
    claim: Claim
    label: str
    type: str
    facts: tuple[Fact, ...] = ()
    hits: tuple[Hit, ...] = ()

    @property
    def supported(self) -> bool:
        return self.label == "supported"


def load_cases(data: Path, split: str, embedder: Embedder, *, among_bank: bool = True) -> list[Case]:
    """The split's labelled claims, each with what retrieval brings from its company's documents."""
    cases = labelled_cases(data, split)
    files = company_files(data, {case.company for case in cases}, among_bank=among_bank)
    corpora = company_corpora(files, embedder)
    return [replace(case, hits=retrieved(case, corpora[case.company])) for case in cases]


def retrieved(case: Case, corpus: Corpus) -> tuple[Hit, ...]:
    return tuple(corpus.retrieve(case.claim.reading, ANY_DATE, PASSAGES, question=case.question))


def labelled_cases(data: Path, split: str) -> list[Case]:
    """The split's policy claims and its answers' sentences, without hits.

    Sentences that claim nothing, or that a tool's result bears out, are no question for policy and left out.
    """
    rows = _rows(data / "policy_docs.jsonl")
    companies = {row["doc_id"]: row["company"] for row in rows}
    return [*_claims(data, split, companies), *_sentences(data, split, companies)]


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.open(encoding="utf-8")]


def policy_claim(text: str, reading: str | None = None) -> Claim:
    return Claim(text, 0, len(text), ClaimKind.POLICY, reading or text)


def _claims(data: Path, split: str, companies: dict[str, str]) -> Iterator[Case]:
    for row in _rows(data / f"policy_claims.{split}.jsonl"):
        yield Case(
            ADVERSARIAL,
            companies[row["doc_id"]],
            row["doc_id"],
            row["question"],
            policy_claim(row["claim"]),
            row["label"],
            row["type"],
        )


def _sentences(data: Path, split: str, companies: dict[str, str]) -> Iterator[Case]:
    for row in _rows(data / f"policy_answers.{split}.jsonl"):
        pieces = segment(row["answer"])
        for sentence in row["sentences"]:
            if sentence["label"] == "not_a_claim" or by_tool(sentence, row["tool_results"]):
                continue
            yield Case(
                NATURAL,
                companies[row["doc_id"]],
                row["doc_id"],
                row["question"],
                policy_claim(sentence["text"], reading_of(sentence, pieces)),
                sentence["label"],
                "clean answer" if row["clean"] else "answer with a slip",
                facts_from_texts(row["tool_results"]),
            )


def by_tool(sentence: dict[str, Any], tool_results: Sequence[str]) -> bool:
    """Whether a tool's result, not policy, bears the sentence out."""
    evidence = sentence["evidence"]
    return bool(evidence) and any(evidence in result for result in tool_results)


def reading_of(sentence: dict[str, Any], pieces: Sequence[Segment]) -> str:
    """How the labelled sentence reads by itself; as it stands where the pieces are cut otherwise."""
    for piece in pieces:
        if abs(piece.start - sentence["start"]) <= _SLACK and abs(piece.end - sentence["end"]) <= _SLACK:
            return piece.reading
    return str(sentence["text"])
