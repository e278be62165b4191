"""A document as people read it, section by section, and where each passage was used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from proxy.corpus.documents import Document, Passage
from proxy.ledger.answers.search import BETWEEN
from proxy.ledger.records import DecisionRecord


@dataclass(frozen=True, slots=True)
class UsedPassage:
    """``answers`` is in how many of the answers that were looked at it was quoted."""

    passage: Passage
    answers: int

    @property
    def text(self) -> str:
        return self.passage.reading.strip()


@dataclass(frozen=True, slots=True)
class UsedSection:
    """``name`` is the path that evidence names it by, ``answers`` how many answers cite it."""

    name: str
    heading: str
    passages: tuple[UsedPassage, ...]
    answers: int


def sections_of(
    passages: Iterable[Passage], cited: Mapping[str, int], quoted: Mapping[int, int]
) -> list[UsedSection]:
    """In the order of the document. ``cited`` counts answers by the section's path, ``quoted`` by passage number."""
    found: dict[str, list[Passage]] = {}
    for passage in passages:
        found.setdefault(passage.section, []).append(passage)
    return [
        UsedSection(
            name,
            within[0].heading_path[-1],
            tuple(UsedPassage(one, quoted.get(one.number, 0)) for one in within),
            cited.get(name, 0),
        )
        for name, within in found.items()
    ]


def citations(counted: Mapping[str, int], document: Document) -> dict[str, int]:
    """How many answers cite each section, by its path."""
    begins = f"{document.id}{BETWEEN}"
    return {name.removeprefix(begins): count for name, count in counted.items() if name.startswith(begins)}


def quotations(
    records: Iterable[DecisionRecord], document_id: str, passages: Iterable[Passage]
) -> Counter[int]:
    """In how many of these answers each passage was quoted, by its number."""
    texts = {one.number: _folded(one.text) for one in passages}
    counts: Counter[int] = Counter()
    for record in records:
        quotes = {
            _folded(str(evidence["quote"]))
            for choice in record.choices
            for claim in choice.get("claims") or ()
            for evidence in claim.get("evidence") or ()
            if evidence.get("document") == document_id and evidence.get("quote")
        }
        counts.update({number for number, text in texts.items() if any(quote in text for quote in quotes)})
    return counts


def _folded(text: str) -> str:
    return " ".join(text.split())
