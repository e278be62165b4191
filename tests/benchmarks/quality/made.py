"""Sentences made from documents that were not trained on: true ones as they stand or lightly edited, and false ones.

A false one differs in one thing from what the document says. Each is judged before the bank's documents and the
held-out ones of the other companies together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

from benchmarks.quality.cases import Case, policy_claim, retrieved
from benchmarks.quality.claim_tables import Judged
from benchmarks.quality.corpora import BANK, company_corpora, document_file
from benchmarks.quality.tables import Table

from proxy.models.embedder import Embedder
from proxy.models.training.edited_sentences import EditedSentence, edited_sentences_of
from proxy.models.training.measures import share
from proxy.models.training.open_documents import OpenDocument, open_documents

MADE = "made"
MOST = 3_000
_ROUNDS = 8  # of making: held-out documents are few, and each round draws other edits
_SEED = 3


def made_cases(data: Path, embedder: Embedder, most: int = MOST) -> list[Case]:
    """Up to ``most`` made sentences of held-out documents, the same ones each time."""
    documents = [each for each in open_documents(data) if each.held_out or each.source == BANK]
    files = {f"{each.source}/{each.id}": document_file(each.title, each.text) for each in documents}
    [corpus] = company_corpora({MADE: files}, embedder).values()
    cases = [
        Case(MADE, each.source, each.id, None, policy_claim(edit.text), edit.label, edit.kind)
        for each in documents
        if each.held_out
        for edit in _edits(each)
    ]
    drawn = Random(_SEED).sample(cases, min(most, len(cases)))
    return [replace(case, hits=retrieved(case, corpus)) for case in drawn]


def _edits(document: OpenDocument) -> list[EditedSentence]:
    """Each text once; one that is true in a round and false in another is neither."""
    made: dict[str, EditedSentence] = {}
    true, false = set(), set()
    for number in range(_ROUNDS):
        for edit in edited_sentences_of(document.text, Random(f"{_SEED} {number} {document.id}")):
            made.setdefault(edit.text, edit)
            (true if edit.supported else false).add(edit.text)
    return [edit for text, edit in made.items() if not (text in true and text in false)]


def made_tables(judged: Sequence[Judged]) -> list[Table]:
    """Over all, each checker that has a verdict; by kind, the first one."""
    having = [each for each in judged if None not in [found.accepted for found in each.checked]]
    heads = ["true accepted", "false caught"]
    overall = [[each.checker.name, _right(each, None, True), _right(each, None, False)] for each in having]
    kinds = sorted({(not case.supported, case.type) for case in judged[0].cases})
    by_kind = [
        ["false" if false else "true", kind, _right(judged[0], kind, not false)] for false, kind in kinds
    ]
    documents = len({case.document for case in judged[0].cases})
    note = (
        f"n={len(judged[0].cases)} sentences made from {documents} held-out documents; intervals by document."
    )
    return [
        Table("made sentences", ["checker", *heads], overall, note),
        Table(
            f"made sentences by kind, {judged[0].checker.name}", ["made", "kind", "verdict right"], by_kind
        ),
    ]


def _right(judged: Judged, kind: str | None, supported: bool) -> object:
    chosen = [
        (case, accepted)
        for case, accepted in zip(judged.cases, judged.accepted, strict=True)
        if case.supported is supported and kind in (None, case.type)
    ]
    return share([accepted is supported for _, accepted in chosen], [case.document for case, _ in chosen])
