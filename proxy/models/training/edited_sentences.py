"""Makes labelled claims from policy documents without labels: true sentences, and false ones that differ in one thing.

True ones are verbatim or lightly reworded; false ones have one number, unit, date, negation, duty, limit, condition,
exception, scope, actor or word changed. Rewordings are laid over both in equal measure, so that what tells them apart
is the document alone.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from random import Random

from proxy.authoring.edits.checkable_sentences import checkable_sentences
from proxy.authoring.edits.edited_sentence import EditedSentence
from proxy.authoring.edits.false_edits import false_edits
from proxy.authoring.edits.true_rewordings import REWORDINGS, SURFACE, reworded, true_rewordings

__all__ = [
    "EditedSentence",
    "edited_sentences_of",
    "every_edit_of",
    "false_edits",
    "is_held_out",
    "true_rewordings",
]

HELD_OUT_ONE_IN = 10
FALSE_PER_SENTENCE = 2.4  # at most, on average; many sentences allow fewer
FALSE_PER_TRUE = 1.3
MEASURED_DRAWS = 2  # of false edits, to measure on: another number, another unit
REWORDED_SHARE = 0.6  # of the claims of either side
TRIES = 3  # at another true version, where the first is one that was already made
TWICE_SHARE = 0.25  # of the reworded ones: a second rewording on top
# Which kinds of falsehood are drawn more often than they offer themselves, or less.
WEIGHTS = {
    "number": 3.0,
    "number_from_document": 2.5,
    "negation": 1.0,
    "before_after": 1.2,
    "bound": 1.5,
    "condition_dropped": 3.0,
    "condition_reversed": 0.6,
    "condition_moved": 0.6,
    "exception_dropped": 3.0,
    "only_dropped": 2.0,
    "scope_widened": 1.5,
    "date": 1.5,
    "word_swapped": 0.7,
    "detail_added": 0.5,
}

# Words by which false claims could be told without the document, each with the share that stays of the edits that put
# it in.
TELLTALE = tuple(
    (re.compile(pattern, re.IGNORECASE), share)
    for pattern, share in (
        (r"\b(?:not|never|cannot|no)\b|n't\b", 0.22),
        (r"\bunless\b", 0.3),
        (r"\bafter\b", 0.6),
        (r"\bbefore\b", 0.7),
        (r"\balways\b", 0.4),
        (r"\b(?:must|need to|have to|required)\b", 0.6),
        (r"\b(?:weekly|quarterly|quarter)\b", 0.35),
        (r"\b(?:agents?|interviewers?)\b", 0.25),
        (r"\bmanagers?\b", 0.6),
        (r"\bineligible\b", 0.2),
        (r"\b(?:less|more|fewer) than\b", 0.6),
        (r"\bmaximum\b", 0.5),
        (r"\b(?:weeks|hours)\b", 0.7),
        (r"\binside\b", 0.4),
        (r"\bnot only\b|\bwhether or not\b", 0.6),
        (r"^(?:we|you)\b", 0.45),
    )
)
# "You" in the place of another actor or of a wider circle might be right again.
_ABOUT_WHOM = frozenset({"actor_swapped", "scope_widened"})


def is_held_out(document_id: str) -> bool:
    """Whether a document is kept for measuring: one in ten, by a hash that never changes."""
    return zlib.crc32(document_id.encode()) % HELD_OUT_ONE_IN == 0


def edited_sentences_of(
    document_text: str,
    random: Random,
    false_per_sentence: float = FALSE_PER_SENTENCE,
    false_per_true: float = FALSE_PER_TRUE,
) -> list[EditedSentence]:
    """Labelled claims about the document, in the order of its sentences; a sentence's versions share ``original``.

    A sentence has as many true versions, by ``false_per_true``, as it has false ones, and none without: so neither side
    has subjects of its own.
    """
    sentences = checkable_sentences(document_text)
    made: list[EditedSentence] = []
    for index, sentence in enumerate(sentences):
        others = sentences[:index] + sentences[index + 1 :]
        false = _drawn(false_edits(sentence, random, others), random, _count(false_per_sentence, random))
        if false:
            made += _true_versions(sentence, random, max(1, _count(len(false) / false_per_true, random)))
            made += [_laid_over(edit, random) for edit in false]
    return _each_once(made)


def every_edit_of(document_text: str, random: Random) -> list[EditedSentence]:
    """Each sentence verbatim, in one rewording of each kind, and with two false edits of each kind: for measuring."""
    sentences = checkable_sentences(document_text)
    made: list[EditedSentence] = []
    for index, sentence in enumerate(sentences):
        others = sentences[:index] + sentences[index + 1 :]
        made += true_rewordings(sentence, random)
        made += [edit for _ in range(MEASURED_DRAWS) for edit in false_edits(sentence, random, others)]
    return _each_once(made)


def _count(mean: float, random: Random) -> int:
    return int(mean) + (random.random() < mean % 1)


def _drawn(edits: Sequence[EditedSentence], random: Random, count: int) -> list[EditedSentence]:
    """Some of the edits, likelier those of rare and important kinds and those without telltale words."""
    fair = [(edit, _fairness(edit)) for edit in edits]
    fair = [(edit, weight) for edit, weight in fair if random.random() < weight]
    edits = [edit for edit, _ in fair]
    keyed = [
        (random.random() ** (1 / (weight * WEIGHTS.get(edit.kind, 1.0))), number)
        for number, (edit, weight) in enumerate(fair)
    ]
    return [edits[number] for _, number in sorted(keyed, reverse=True)[:count]]


def _fairness(edit: EditedSentence) -> float:
    """Below 1 for an edit that puts in what edits put in oftener than they take it out; above 1 for the reverse."""
    weight = 1.0
    for pattern, share in TELLTALE:
        gained = len(pattern.findall(edit.text)) - len(pattern.findall(edit.original))
        weight *= share if gained > 0 else 1 / share if gained < 0 else 1.0
    return weight


def _true_versions(sentence: str, random: Random, count: int) -> list[EditedSentence]:
    made: dict[str, EditedSentence] = {}
    for _ in range(count + TRIES):
        kind, text = "verbatim", sentence
        if random.random() < REWORDED_SHARE or text in made:
            kind, text = reworded(sentence, random, tuple(REWORDINGS)) or (kind, text)
            text = _twice(text, kind, random)
        kind = "verbatim" if text == sentence else kind
        made.setdefault(text, EditedSentence(text, "supported", kind, sentence))
        if len(made) == count:
            break
    return list(made.values())


def _laid_over(edit: EditedSentence, random: Random) -> EditedSentence:
    """The false sentence reworded as often as the true ones are."""
    if random.random() >= REWORDED_SHARE:
        return edit
    kinds = tuple(kind for kind in SURFACE if not (kind == "light_person" and edit.kind in _ABOUT_WHOM))
    found = reworded(edit.text, random, kinds)
    if found is None:
        return edit
    return EditedSentence(_twice(found[1], found[0], random), edit.label, edit.kind, edit.original)


def _twice(text: str, kind: str, random: Random) -> str:
    if kind in ("light_lead_in", "verbatim") or random.random() >= TWICE_SHARE:
        return text
    found = reworded(text, random)
    return found[1] if found else text


def _each_once(made: Sequence[EditedSentence]) -> list[EditedSentence]:
    """Without doubles; what is made as true is never also made as false."""
    true = {edit.text for edit in made if edit.supported}
    unique = {edit.text: edit for edit in made if edit.supported or edit.text not in true}
    return list(unique.values())
