"""How the words of a statement became others: what was left out, put in, or replaced, in whole words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from proxy.grounding.policy.clauses import Role, clauses_of
from proxy.grounding.policy.concepts import concepts_of
from proxy.grounding.policy.polarity import stance_of
from proxy.grounding.text.words import words_of

LONGEST = 180  # characters of a sentence that are quoted
_WORD = re.compile(r"\S*\w\S*|\S*[$€£%]\S*")
_MARKS = " ,;:.()“”\"'*"
_ENDS = re.compile(r"(?<=[;:.!?])\s|,\s(?=and\b|but\b|or\b|unless\b|if\b)")
_RESTRICTS = re.compile(
    r"\b(?:if|unless|except\w*|provided|only|once|until|as long as|subject to)\b", re.IGNORECASE
)
# "No later than 30 days before" asks for at least 30 days; whoever reads "later than" alone takes it for the opposite.
_LATEST_BEFORE = re.compile(
    r"\b(?:no later than|not later than|at the latest)(?= (?:\w+ ){1,4}(?:before|ahead|prior|in advance))",
    re.IGNORECASE,
)
_RESTRICTING = (Role.CONDITION, Role.EXCEPTION)


_LOCAL = 4  # words
# Words that join sentences, and those for limits and denials, which are compared as such.
_CONNECTING = frozenset(
    concepts_of(
        "however therefore moreover furthermore thus hence likewise simply kindly"
        " latest earliest maximum minimum least most within after without neither"
    )
)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the old text (empty where something was put in) and the stretch of the new one in its place."""

    old: str
    new: str

    @property
    def one_sided(self) -> bool:
        return not (self.old and self.new)

    @property
    def short(self) -> bool:
        return max(len(self.old.split()), len(self.new.split())) <= _LOCAL


def is_local(spans: Sequence[Span]) -> bool:
    """Whether nearly the same words stand there: something was put in or left out, or a few words replaced."""
    telling = [span for span in spans if concepts_of(f"{span.old} {span.new}")]
    return all(span.one_sided for span in telling) or (len(telling) == 1 and telling[0].short)


def changed_spans(old: str, new: str) -> list[Span]:
    """The stretches in which the texts differ, as they stand; case and punctuation make no difference."""
    mine, theirs = list(_WORD.finditer(old)), list(_WORD.finditer(new))
    plain = [[_plain(match.group()) for match in side] for side in (mine, theirs)]
    found: list[Span] = []
    for step in Levenshtein.opcodes(*plain):
        if step.tag == "equal":
            continue
        found.append(
            Span(
                _stretch(old, mine[step.src_start : step.src_end]),
                _stretch(new, theirs[step.dest_start : step.dest_end]),
            )
        )
    return [span for span in _run_together(found, old, new) if span.old or span.new]


def _plain(word: str) -> str:
    return word.strip(_MARKS).casefold() or word


def _stretch(text: str, words: Sequence[re.Match[str]]) -> str:
    return text[words[0].start() : words[-1].end()].strip(_MARKS) if words else ""


def _run_together(spans: Sequence[Span], old: str, new: str) -> list[Span]:
    """Stretches with one word between them on both sides are one: single words tell nobody anything."""
    joined: list[Span] = []
    for span in spans:
        if joined and joined[-1].old and span.old and joined[-1].new and span.new:
            last = joined[-1]
            wider_old, wider_new = _between(old, last.old, span.old), _between(new, last.new, span.new)
            if wider_old and wider_new:
                joined[-1] = Span(wider_old, wider_new)
                continue
        joined.append(span)
    return joined


def _between(text: str, first: str, second: str) -> str:
    match = re.search(rf"{re.escape(first)}\W+(?:\S+\W+)?{re.escape(second)}", text)
    return match.group() if match else ""


def says_more(stretch: str, other_text: str) -> bool:
    """Whether a stretch has a content term or a number that the other text has nowhere."""
    if frozenset(concepts_of(stretch)) - frozenset(concepts_of(other_text)) - _CONNECTING:
        return True
    return bool(_numbers(stretch) - _numbers(other_text))


def _numbers(text: str) -> frozenset[str]:
    return frozenset(word for word in words_of(text) if word[0].isdigit())


def restricts(stretch: str, text: str) -> bool:
    """Whether a stretch of the text is a condition or an exception, or a word that restricts."""
    if _RESTRICTS.search(stretch) or stance_of(stretch).only:
        return True
    return any(
        clause.role in _RESTRICTING and clause.text.strip(_MARKS) in stretch and concepts_of(clause.text)
        for clause in clauses_of(text)
    )


def plainly(text: str) -> str:
    """The text with limits that only look like their opposite written as what they mean."""
    return _LATEST_BEFORE.sub("at least", text)


def shortened(text: str, around: str) -> str:
    """The text, or where it is long its clause with the words ``around``."""
    if len(text) <= LONGEST:
        return text
    pieces, start = [], 0
    for match in _ENDS.finditer(text):
        pieces.append(text[start : match.end()])
        start = match.end()
    pieces.append(text[start:])
    place = next((at for at, piece in enumerate(pieces) if around and around in piece), 0)
    piece = pieces[place].strip()
    return f"{'… ' if place else ''}{piece}{' …' if place + 1 < len(pieces) else ''}"
