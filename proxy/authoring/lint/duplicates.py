"""The same text in several documents: who changes one of them forgets the others."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.fuzz import ratio

from proxy.authoring.lint.papers import Papers, note
from proxy.authoring.lint.prose import Sentence
from proxy.authoring.lint.versions import families
from proxy.corpus.documents import PassageKind
from proxy.corpus.problems import Problem
from proxy.corpus.validity import overlap

LEAST_WORDS = 9  # shorter sentences are the same by chance
ALIKE = 90.0  # of 100, by letters
_SHINGLE = 4  # words in a row that two sentences must share to be compared at all
_TOO_COMMON = 30  # sentences with the same shingle: boilerplate, which is compared by its other shingles
_WORDS = re.compile(r"\w+(?:[.,']\w+)*|[$€£%]")
_NUMBER = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class _Told:
    """A sentence as it is compared."""

    sentence: Sentence
    words: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.words)

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(word for word in self.words if _NUMBER.search(word))


def check(papers: Papers) -> Iterator[Problem]:
    # Tables of one kind have similar rows.
    prose = (one for one in papers.every_sentence() if one.passage.kind is not PassageKind.TABLE_ROW)
    told = [one for one in map(_told, prose) if len(one.words) >= LEAST_WORDS]
    may_repeat = _versions(papers)
    found: dict[tuple[str, str, bool], list[tuple[_Told, _Told]]] = defaultdict(list)
    for first, second in _alike(told):
        pair = _ids(first, second)
        if frozenset(pair) not in may_repeat and _meet(first, second, papers):
            found[(*pair, first.numbers == second.numbers)].append((first, second))
    for (*_, same_numbers), pairs in found.items():
        yield _repeated(pairs) if same_numbers else _differing(pairs)


def _told(sentence: Sentence) -> _Told:
    return _Told(sentence, tuple(_WORDS.findall(sentence.text.casefold())))


def _ids(first: _Told, second: _Told) -> tuple[str, str]:
    return first.sentence.passage.document.id, second.sentence.passage.document.id


def _versions(papers: Papers) -> set[frozenset[str]]:
    """Pairs of versions of one document: they are meant to repeat one another."""
    return {
        frozenset((first.document.id, second.document.id))
        for family in families(papers)
        for first in family
        for second in family
    }


def _meet(first: _Told, second: _Told, papers: Papers) -> bool:
    """Whether both are ever in force for the same people; what is said in two markets is said twice."""
    documents = first.sentence.passage.document, second.sentence.passage.document
    return overlap(*documents, papers.by_id) is not None


def _alike(told: Sequence[_Told]) -> Iterator[tuple[_Told, _Told]]:
    """Nearly the same sentences of different documents: each sentence with its nearest in the earlier ones."""
    seen: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, one in enumerate(told):
        shingles = {one.words[at : at + _SHINGLE] for at in range(len(one.words) - _SHINGLE + 1)}
        near = {other for shingle in shingles if len(seen[shingle]) <= _TOO_COMMON for other in seen[shingle]}
        yield from _nearest(one, [told[other] for other in sorted(near)])
        for shingle in shingles:
            seen[shingle].append(number)


def _nearest(one: _Told, others: Sequence[_Told]) -> Iterator[tuple[_Told, _Told]]:
    best, nearest = 0.0, None
    for other in others:
        if other.sentence.passage.document is not one.sentence.passage.document:
            score = ratio(other.text, one.text, score_cutoff=ALIKE)
            if score > best:
                best, nearest = score, other
    if nearest is not None:
        yield nearest, one


def _place(told: _Told) -> str:
    return f"{told.sentence.passage.document.path}:{told.sentence.line}"


def _repeated(pairs: Sequence[tuple[_Told, _Told]]) -> Problem:
    first, second = pairs[0]
    said = "the same sentence" if len(pairs) == 1 else f"{len(pairs)} of the same sentences"
    message = (
        f"{said} as in {_place(first)}; say it in one document and link to it from the other, else a change of one "
        f"leaves the other behind: {second.sentence.quote}"
    )
    return note(second.sentence.passage.document, second.sentence.line, message)


def _differing(pairs: Sequence[tuple[_Told, _Told]]) -> Problem:
    first, second = pairs[0]
    said = "a sentence differs" if len(pairs) == 1 else f"{len(pairs)} sentences differ"
    message = (
        f"{said} from {_place(first)} hardly but in numbers; if both mean the same thing, correct the older one: "
        f"here {second.sentence.quote}, there {first.sentence.quote}"
    )
    return note(second.sentence.passage.document, second.sentence.line, message)
