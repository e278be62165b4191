"""Which statement of the old documents became which of the new ones: by wording, meaning and place."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from proxy.authoring.changes.statements import Statement
from proxy.corpus.embeddings import TextEmbedder
from proxy.grounding.policy.concepts import concepts_of

# Chosen on tests/authoring/changes/data/edits_seen.yaml: below it, two statements are two statements.
_LEAST_LIKENESS = 0.5
_LEAST_ELSEWHERE = 0.8  # in another document: there is more to be mistaken for
_SAME_SECTION = 0.1
_WORDING, _TERMS, _MEANING = 0.4, 0.3, 0.3
_LONGEST = 600  # characters that are compared letter by letter


@dataclass(frozen=True, slots=True)
class Pair:
    """Statements of the old side and what stands in their place; one side is empty for what was added or removed.

    A side has several where a sentence was split in two, or two were made one.
    """

    old: tuple[Statement, ...]
    new: tuple[Statement, ...]

    @property
    def old_text(self) -> str:
        return " ".join(statement.text for statement in self.old)

    @property
    def new_text(self) -> str:
        return " ".join(statement.text for statement in self.new)

    @property
    def both(self) -> bool:
        return bool(self.old and self.new)


def pair_statements(
    old: Sequence[Statement],
    new: Sequence[Statement],
    embedder: TextEmbedder,
    renamed: dict[str, str],
) -> list[Pair]:
    """Every statement of both sides in one pair, in the order of the new side; what was removed comes last.

    ``renamed`` has the new ids of documents that are called otherwise now.
    """
    pairs = _same_words(old, new, renamed)
    taken_old = {id(pair.old[0]) for pair in pairs}
    taken_new = {id(pair.new[0]) for pair in pairs}
    left_old = [one for one in old if id(one) not in taken_old]
    left_new = [one for one in new if id(one) not in taken_new]
    alike = _alike(left_old, left_new, embedder, renamed)
    found = [Pair((left_old[row],), (left_new[column],)) for row, column in alike]
    rows, columns = {row for row, _ in alike}, {column for _, column in alike}
    gone = [one for row, one in enumerate(left_old) if row not in rows]
    come = [one for column, one in enumerate(left_new) if column not in columns]
    found, gone, come = _joined(found, gone, come)
    every = [*pairs, *found, *(Pair((), (one,)) for one in come), *(Pair((one,), ()) for one in gone)]
    places = {id(one): place for place, one in enumerate([*new, *old])}
    return sorted(every, key=lambda pair: places[id((pair.new or pair.old)[0])])


def _same_words(old: Sequence[Statement], new: Sequence[Statement], renamed: dict[str, str]) -> list[Pair]:
    """Statements that say the same to the letter, those of the same document and section first."""
    waiting: dict[str, list[Statement]] = defaultdict(list)
    for statement in new:
        waiting[_folded(statement.text)].append(statement)
    pairs, later = [], []
    for statement in old:
        here = renamed.get(statement.document, statement.document), statement.section
        candidates = waiting[_folded(statement.text)]
        place = next((one for one in candidates if (one.document, one.section) == here), None)
        if place is None:
            later.append(statement)
            continue
        candidates.remove(place)
        pairs.append(Pair((statement,), (place,)))
    for statement in later:
        if candidates := waiting[_folded(statement.text)]:
            pairs.append(Pair((statement,), (candidates.pop(0),)))
    return pairs


def _folded(text: str) -> str:
    return " ".join(text.split())


def _alike(
    old: Sequence[Statement], new: Sequence[Statement], embedder: TextEmbedder, renamed: dict[str, str]
) -> list[tuple[int, int]]:
    """Rows of both sides that belong together, the likest first."""
    if not old or not new:
        return []
    cosines = _vectors(old, embedder) @ _vectors(new, embedder).T
    here = np.array([renamed.get(one.document, one.document) for one in old])
    same = here[:, None] == np.array([one.document for one in new])[None, :]
    scored = []
    for row, column in np.argwhere(same | (cosines >= _LEAST_ELSEWHERE)):
        is_same = bool(same[row, column])
        likeness = _likeness(old[row], new[column], float(cosines[row, column]), is_same)
        if likeness >= (_LEAST_LIKENESS if is_same else _LEAST_ELSEWHERE):
            scored.append((likeness, int(row), int(column)))
    found: list[tuple[int, int]] = []
    rows: set[int] = set()
    columns: set[int] = set()
    for _, row, column in sorted(scored, key=lambda each: (-each[0], each[1], each[2])):
        if row not in rows and column not in columns:
            rows.add(row)
            columns.add(column)
            found.append((row, column))
    return found


def _vectors(statements: Sequence[Statement], embedder: TextEmbedder) -> NDArray[np.float32]:
    return embedder.embed_many([statement.text for statement in statements])


def _likeness(one: Statement, other: Statement, cosine: float, same: bool) -> float:
    """0 to about 1.1: wording, shared content terms, meaning, and whether the place is the same."""
    if one.row is not other.row:
        return 0.0
    wording = fuzz.ratio(one.text[:_LONGEST].lower(), other.text[:_LONGEST].lower()) / 100
    here = _SAME_SECTION if same and one.section == other.section else 0.0
    return _WORDING * wording + _TERMS * shared_terms(one.text, other.text) + _MEANING * cosine + here


def shared_terms(one: str, other: str) -> float:
    """The share of the content terms of both texts that both have, repeats counted."""
    mine, theirs = Counter(concepts_of(one)), Counter(concepts_of(other))
    every = (mine | theirs).total()
    return (mine & theirs).total() / every if every else 1.0


def _joined(
    pairs: Sequence[Pair], gone: list[Statement], come: list[Statement]
) -> tuple[list[Pair], list[Statement], list[Statement]]:
    """A sentence that was split in two, or made of two, is one pair: where it then reads more alike."""
    joined = []
    for pair in pairs:
        for one in _beside(pair.new, come):
            wider = Pair(pair.old, _in_order((*pair.new, one)))
            if _fits_better(wider, pair):
                come, pair = [other for other in come if other is not one], wider
        for one in _beside(pair.old, gone):
            wider = Pair(_in_order((*pair.old, one)), pair.new)
            if _fits_better(wider, pair):
                gone, pair = [other for other in gone if other is not one], wider
        joined.append(pair)
    return joined, gone, come


def _beside(side: Sequence[Statement], left: Iterable[Statement]) -> list[Statement]:
    """Those of the same passage: a split sentence stays where it was."""
    passages = {one.passage.id for one in side}
    return [one for one in left if one.passage.id in passages]


def _in_order(side: Sequence[Statement]) -> tuple[Statement, ...]:
    passage = side[0].passage.reading
    return tuple(sorted(side, key=lambda one: passage.find(one.text)))


def _fits_better(wider: Pair, pair: Pair) -> bool:
    return shared_terms(wider.old_text, wider.new_text) > shared_terms(pair.old_text, pair.new_text)
