"""Which statement and passage speak of the same thing, before anybody asks whether they agree.

A policy says "30 days" of many things. Two passages are held against each other only where their words, their
meaning, and the headings above them are close; most pairs end here, which is what makes the search fast and quiet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from proxy.authoring.conflicts.statements import Block, Statement
from proxy.corpus.documents import PassageKind
from proxy.grounding.policy.alignment import Weights

EmbedMany = Callable[[Sequence[str]], NDArray[np.float32]]
CLOSE = 1.9  # of 3: what two passages must have in common, see closeness
_NEAR_TOPIC = 0.5  # cosine of the two with their headings
# The weight of the terms they share, in weights of a word that no sentence has: about two rare words; and so much that
# the headings may be about something else.
_TELLING, _MUCH = 1.0, 2.8
_ALIKE = 0.62  # cosine: sections of one document speak of one thing anyway, so their sentences must be close
_BETTER = 0.1  # how much better a sibling must fit to be the true counterpart
_ROWS = 512  # statements compared at a time


@dataclass(frozen=True, slots=True)
class Sameness:
    """How close a statement is to a passage, each part 0..1.

    ``said`` is the share of the statement's terms that the passage or its headings have, ``wording`` the cosine with
    the nearest sentence, ``topic`` the cosine with headings; ``weight`` is how much the terms they share tell.
    """

    said: float
    wording: float
    topic: float
    weight: float


@dataclass(frozen=True, slots=True)
class Beside:
    """A statement beside a passage of another section that speaks of the same."""

    statement: Statement
    block: Block
    sameness: Sameness


def close_pairs(
    blocks: Sequence[Block],
    embed_many: EmbedMany,
    weights: Weights,
    may_meet: Callable[[Block, Block], bool],
) -> list[list[Beside]]:
    """Each pair of passages that speak of the same, with all that stands in one of them beside the other."""
    by_pair: dict[tuple[int, int], list[Beside]] = {}
    for beside in _near(blocks, embed_many, weights, may_meet):
        numbers = beside.statement.number, beside.block.statements[0].number
        by_pair.setdefault((min(numbers), max(numbers)), []).append(beside)
    close = {pair: found for pair, found in by_pair.items() if closeness(found) >= CLOSE}
    best = _best_by_section(blocks, close)
    return [found for pair, found in close.items() if _is_counterpart(blocks, pair, found, best)]


def _near(
    blocks: Sequence[Block],
    embed_many: EmbedMany,
    weights: Weights,
    may_meet: Callable[[Block, Block], bool],
) -> Iterator[Beside]:
    statements = [statement for block in blocks for statement in block.statements]
    if not statements:
        return
    wordings = embed_many([statement.text for statement in statements])
    topics = embed_many([f"{one.passage.section}: {one.text}" for one in statements])
    passages = embed_many([f"{block.passage.section}: {block.passage.reading}" for block in blocks])
    starts = np.cumsum([0, *(len(block.statements) for block in blocks[:-1])])
    for first in range(0, len(statements), _ROWS):
        rows = slice(first, first + _ROWS)
        wording = np.maximum.reduceat(wordings[rows] @ wordings.T, starts, axis=1)
        topic = topics[rows] @ passages.T
        for row, column in np.argwhere((wording + topic >= CLOSE - 1) & (topic >= _NEAR_TOPIC - 0.2)):
            statement, block = statements[first + row], blocks[column]
            if statement.number == column or not may_meet(blocks[statement.number], block):
                continue
            said = weights.share(block.around, statement.terms)
            weight = weights.total(block.around & statement.terms) / weights.unseen
            if weight >= _TELLING:
                sameness = Sameness(said, float(wording[row, column]), float(topic[row, column]), weight)
                yield Beside(statement, block, sameness)


def closeness(found: Sequence[Beside]) -> float:
    """The best of each part over both directions; 0 where the headings are about something else."""
    topic = max(each.sameness.topic for each in found)
    if topic < _NEAR_TOPIC and max(each.sameness.weight for each in found) < _MUCH:
        return 0.0
    said, wording = max(each.sameness.said for each in found), max(each.sameness.wording for each in found)
    if wording < _ALIKE and _in_one_document(found[0]):
        return 0.0
    return said + wording + topic


def _in_one_document(beside: Beside) -> bool:
    return beside.statement.passage.document is beside.block.passage.document


_Section = tuple[str, tuple[str, ...]]


def _fit(found: Sequence[Beside]) -> float:
    return max(each.sameness.said + each.sameness.wording for each in found)


_PARALLEL = frozenset({PassageKind.TABLE_ROW, PassageKind.LIST_ITEM})  # each has a case of its own


def _best_by_section(
    blocks: Sequence[Block], close: dict[tuple[int, int], list[Beside]]
) -> dict[tuple[int, _Section], float]:
    """For a passage and another section, how well the best row or list item of that section fits it."""
    best: dict[tuple[int, _Section], float] = {}
    for (one, other), found in close.items():
        for number, beside in ((one, other), (other, one)):
            if blocks[beside].passage.kind in _PARALLEL:
                key = (number, blocks[beside].section)
                best[key] = max(best.get(key, 0.0), _fit(found))
    return best


def _is_counterpart(
    blocks: Sequence[Block],
    pair: tuple[int, int],
    found: Sequence[Beside],
    best: dict[tuple[int, _Section], float],
) -> bool:
    """Whether no sibling fits better: "mobile: 60%" stands against the row for mobile, not that for broadband."""
    one, other = blocks[pair[0]], blocks[pair[1]]
    tables = one.passage.kind is other.passage.kind is PassageKind.TABLE_ROW
    if tables and one.passage.document is other.passage.document:
        return False  # tables of one document have a case each, which their headings name
    for number, beside in ((pair[0], other), (pair[1], one)):
        if beside.passage.kind in _PARALLEL and _fit(found) <= best[number, beside.section] - _BETTER:
            return False
    return True
