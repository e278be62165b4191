"""``find_conflicts``: the contradictions of a corpus, each once, with both quotes and which of them prevails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from proxy.authoring.conflicts.opposition import (
    Difference,
    Kind,
    contradiction_read,
    differences_of,
)
from proxy.authoring.conflicts.sameness import Beside, EmbedMany, close_pairs, closeness
from proxy.authoring.conflicts.statements import Block, blocks_of, line_of_quote
from proxy.authoring.conflicts.subjects import Subjects
from proxy.authoring.conflicts.together import Togetherness
from proxy.corpus.documents import Document, Passage, Scope
from proxy.corpus.problems import Severity
from proxy.grounding.policy.alignment import Line, Weights, weights_of
from proxy.grounding.policy.features import Entail

# Chosen on the shipped corpus with twenty planted contradictions (tests/authoring/conflicts/planted.yaml), of which
# these find 18, and on documents of other companies; docs/conflicts.md has the held-out figures.
_READ = 0.5  # the least that the entailment model must see of a contradiction
_SURE = 0.8  # from there on a conflict is not doubtful
_TOGETHER = 3.2  # closeness (up to 3) + what is read (up to 1) + a share of the typed difference
_DIFFERENCE_SHARE = 0.5
# How much of the statement a typed difference must be about; words and duties that differ are rarer, and say more.
_STRENGTH = {Kind.WORDING: 0.15, Kind.TIME: 0.15, Kind.CONDITION: 0.3}
_LEAST_STRENGTH = 0.4


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two passages: the quote is verbatim, ``line`` counts from 1 in the document's file."""

    document: Document
    section: str
    line: int
    quote: str


@dataclass(frozen=True, slots=True)
class DocumentConflict:
    """Two passages that cannot both be right.

    An ERROR where neither prevails, a WARNING where one does and the other misleads, a NOTE where the reading is not
    sure. ``certainty`` (0..1) is how sure it is, ``differs`` what stands against what ("$50 / $75", or "").
    ``prevails`` is the document with the higher authority, None where both have the same. ``scope`` is the first in
    which both count.
    """

    kind: Kind
    severity: Severity
    certainty: float
    first: Side
    second: Side
    differs: str
    prevails: Document | None
    scope: Scope

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.first, self.second


def find_conflicts(
    documents: Sequence[Document],
    passages: Sequence[Passage],
    embed_many: EmbedMany,
    entail: Entail,
    *,
    since: datetime | None = None,
) -> list[DocumentConflict]:
    """Every contradiction between passages of different sections that are in force together at or after ``since``.

    By severity, then by place. Pure: the same documents and models give the same conflicts.
    """
    blocks = blocks_of(passages)
    together = Togetherness(documents, since)
    subjects = Subjects(documents)
    weights = weights_of([line for block in blocks for line in block.lines])

    def may_meet(one: Block, other: Block) -> bool:
        first, second = one.passage.document, other.passage.document
        if one.section == other.section or subjects.differ(first, second):
            return False
        return together.scope_of(first, second) is not None

    pairs = close_pairs(blocks, embed_many, weights, may_meet)
    found = [conflict for pair in pairs for conflict in _conflicts(pair, weights, entail, together)]
    order = list(Severity)
    return sorted(
        _once_a_section(found),
        key=lambda one: (order.index(one.severity), one.first.document.path, one.first.line, one.second.line),
    )


def _once_a_section(found: Sequence[DocumentConflict]) -> list[DocumentConflict]:
    """Of a sentence against many of one section (the items of a list) the surest; both ways round."""
    surest = sorted(found, key=lambda one: -one.certainty)
    for turned in (1, -1):
        kept: dict[frozenset[tuple[str, str]], DocumentConflict] = {}
        for one in surest:
            mine, theirs = one.sides[::turned]
            quote = (mine.document.id, mine.quote)
            kept.setdefault(frozenset({quote, (theirs.document.id, theirs.section)}), one)
        surest = list(kept.values())
    return surest


def _conflicts(
    pair: Sequence[Beside], weights: Weights, entail: Entail, together: Togetherness
) -> Iterator[DocumentConflict]:
    """The conflict of two passages, or none; the model is asked only where it could tip the balance."""
    differing = [
        (beside, difference)
        for beside in pair
        for difference in differences_of(beside, weights)
        if _is_enough(difference)
    ]
    strength = max((difference.strength for _, difference in differing), default=0.0)
    without_reading = closeness(pair) + _DIFFERENCE_SHARE * strength
    if not differing or without_reading + 1 < _TOGETHER:
        return
    read = {id(beside): contradiction_read(beside, weights, entail) for beside in pair}
    certainty = max(read.values())
    if certainty < _READ or without_reading + certainty < _TOGETHER:
        return
    beside, difference = max(
        differing, key=lambda each: read[id(each[0])] + _DIFFERENCE_SHARE * each[1].strength
    )
    yield _conflict(beside, difference, certainty, together)


def _is_enough(difference: Difference) -> bool:
    return difference.strength >= _STRENGTH.get(difference.kind, _LEAST_STRENGTH)


def _conflict(
    beside: Beside, difference: Difference, certainty: float, together: Togetherness
) -> DocumentConflict:
    mine, theirs = _side(beside.statement.line), _side(difference.line)
    sides = sorted((mine, theirs), key=lambda side: (-side.document.authority, side.document.path, side.line))
    says = difference.says if sides[0] is mine else " / ".join(reversed(difference.says.split(" / ")))
    scope = together.scope_of(mine.document, theirs.document)
    assert scope is not None
    higher = sides[0].document if sides[0].document.authority > sides[1].document.authority else None
    severity = Severity.WARNING if higher else Severity.ERROR
    if certainty < _SURE:
        severity = Severity.NOTE
    return DocumentConflict(difference.kind, severity, certainty, sides[0], sides[1], says, higher, scope)


def _side(line: Line) -> Side:
    passage = line.hit.passage
    return Side(passage.document, passage.section, line_of_quote(line), line.quote)
