"""The corpus as statements that can be held against each other: each sentence with what it leans on, and its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from proxy.authoring.conflicts.simple_claims import simple_claims, subject_of
from proxy.corpus.documents import Hit, Passage, PassageKind
from proxy.grounding.policy.alignment import Line, heads_of, lines_of, sentence_before
from proxy.grounding.policy.concepts import concepts_of
from proxy.grounding.policy.polarity import stance_of
from proxy.grounding.values.finding import values_of

# What such a sentence is about stands in the one before it.
_LEANS = re.compile(
    r"(?:It|This|That|These|Those|They|Such|Then|Both|Neither|After (?:this|that)|The (?:rule|fee|same|offer|right"
    r"|service|time|price|form))\b"
)
# "3.3 No charge is due if you", with the rest in a list below: half of a sentence says nothing yet.
_UNFINISHED = re.compile(r"\b(?:if|when|where|you|we|to|that|and|or|are|is|for|of|by|the)\Z")
_SAYS_ENOUGH = 4  # terms
_FEWEST_TERMS = 2  # "Prepaid cards." states nothing


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a passage, or a part of one that says one thing.

    ``text`` is what it says, ``reading`` has the sentence before it too, where this one leans on that; ``terms`` are
    the reading's content terms; ``number`` is the place of the passage in the corpus. The quote is always the whole
    sentence, ``line``.
    """

    line: Line
    number: int
    text: str
    reading: str
    terms: frozenset[str]

    @property
    def passage(self) -> Passage:
        return self.line.hit.passage


@dataclass(frozen=True, slots=True)
class Block:
    """A passage with its statements; ``around`` are its terms with those of the headings above it."""

    passage: Passage
    statements: tuple[Statement, ...]
    around: frozenset[str]

    @property
    def lines(self) -> list[Line]:
        return list(dict.fromkeys(statement.line for statement in self.statements))

    @property
    def section(self) -> tuple[str, tuple[str, ...]]:
        return self.passage.document.id, self.passage.heading_path


def line_of_quote(line: Line) -> int:
    """The line of the file (from 1) in which the quote begins."""
    passage = line.hit.passage
    before, found, _ = passage.text.partition(line.quote)
    return passage.line_start + (before.count("\n") if found else 0)


def blocks_of(passages: Sequence[Passage]) -> list[Block]:
    """The passages that state something, in their order, numbered from 0."""
    blocks: list[Block] = []
    for passage in passages:
        hit = Hit(passage, 0.0, 0.0, 0.0)
        lines = [line for line in lines_of([hit]) if _states(line)]
        statements = tuple(each for line in lines for each in _statements(line, len(blocks)))
        if statements:
            around = frozenset(concepts_of(passage.reading)) | heads_of(hit)
            blocks.append(Block(passage, statements, around))
    return blocks


def _statements(line: Line, number: int) -> Iterator[Statement]:
    before = sentence_before(line) if _LEANS.match(line.text) else ""
    yield _statement(line, number, line.text, f"{before} {line.text}".strip())
    if line.hit.passage.kind is not PassageKind.TABLE_ROW:
        yield from (
            _statement(line, number, part, part) for part in simple_claims(line.text, subject_of(before))
        )


def _statement(line: Line, number: int, text: str, reading: str) -> Statement:
    """What says little by itself ("Length: 60 minutes") is about what its heading says."""
    terms = frozenset(concepts_of(reading))
    if len(terms) < _SAYS_ENOUGH:
        terms |= frozenset(concepts_of(line.hit.passage.heading_path[-1]))
    return Statement(line, number, text, reading, terms)


def _states(line: Line) -> bool:
    """Whether the line says something that another one can contradict."""
    text = line.text.rstrip(" :.")
    says_much = len(line.terms) > _FEWEST_TERMS or bool(values_of(text)) or stance_of(text).negated
    return says_much and not _UNFINISHED.search(text)
