"""Sentences and clauses of a text, with the part each clause plays: statement, condition, exception, reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import chain

from proxy.grounding.text.words import READINGS_KEPT

LONGEST_TEXT = 20_000


class Role(StrEnum):
    STATEMENT = "statement"
    CONDITION = "condition"
    EXCEPTION = "exception"
    REASON = "reason"


@dataclass(frozen=True, slots=True)
class Clause:
    text: str
    role: Role


_ABBREVIATIONS = (
    r"(?<!\be\.g)(?<!\bi\.e)(?<!\bMr)(?<!\bMrs)(?<!\bDr)(?<!\bNo)(?<!\bvs)(?<!\bapprox)(?<!\betc)"
)
_SENTENCE_END = re.compile(
    rf"{_ABBREVIATIONS}[.!?][\"'”’)*_]{{0,3}}\s+(?=[\"“‘'(*_\[]{{0,3}}[A-Z0-9$€£À-Ý])"
    r"|\n[ \t]*\n\s*|(?<=[a-z0-9)]):\s+(?=[A-Z])"
)

# What follows "once" where it says how often ("used once per stay", "changed once, for $15") and not when.
_HOW_OFTEN = (
    r"(?:\s?(?:[.,;:!?)]|\Z)|\s(?:per|every|each|in\s(?:an?|any|each|every|\d+)|for|to|by|with|without|within|during|and|but|or|if|when"
    r"|unless|before|after|until|from|online|free|only|an?\s(?:calendar\s)?(?:day|night|week|month|quarter|season|year|stay|visit|trip))\b)"
)
ONE_TIME = rf"(?<!\bat\s)\bonce(?={_HOW_OFTEN})"
ONCE_DONE = rf"(?<!\bat\s)\bonce(?!{_HOW_OFTEN}|\s(?:again|more)\b)"

_STARTERS: tuple[tuple[Role, str], ...] = (
    (
        Role.EXCEPTION,
        r"unless|except(?:\sfor|\sthat|\swhere|\swhen|\sif)?|excluding|other\sthan|apart\sfrom|but\snot|with\sthe\sexception"
        r"|rather\sthan|instead\sof|without|not\sincluding|even\sif|even\swhen",
    ),
    (
        Role.CONDITION,
        rf"if|when(?:ever)?|{ONCE_DONE}|where(?:ver)?|provided(?:\sthat)?|providing|as\slong\sas|so\slong\sas|on\scondition"
        r"|only\sif|only\swhen|in\scase|in\sthe\sevent|assuming|until|before|after|while|during|as\ssoon\sas|subject\sto"
        r"|upon|prior\sto|following|for\sthose\swho",
    ),
    (
        Role.REASON,
        r"because|since(?=\s[a-z]+\s(?:is|are|was|has|have|can|do|does))|so\sthat|due\sto|owing\sto",
    ),
    (
        Role.STATEMENT,
        r"but|however|although|though|whereas|then|otherwise|and(?=\s(?:you|we|it|they|the|must|may|can|not)\b)",
    ),
)
_STARTER = re.compile(
    r"\b(?:"
    + "|".join(f"(?P<{role.value}{number}>{words})" for number, (role, words) in enumerate(_STARTERS))
    + r")\b",
    re.IGNORECASE,
)
_MARK = re.compile(r"[,;()]\s|\s[–—-]\s|;\s*|:\s")


@lru_cache(maxsize=READINGS_KEPT)
def sentences_of(text: str) -> tuple[str, ...]:
    """The sentences of a text, stripped, each verbatim; an empty line ends one, as does a colon before a capital."""
    text = text[:LONGEST_TEXT]
    return tuple(text[start:end].strip() for start, end in _spans(text) if text[start:end].strip())


def _spans(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _SENTENCE_END.finditer(text):
        end = match.end() if match.group().strip() else match.start()
        yield start, end
        start = match.end()
    yield start, len(text)


@lru_cache(maxsize=READINGS_KEPT)
def clauses_of(sentence: str) -> tuple[Clause, ...]:
    """The clauses of a sentence, or of several, in order. A clause begins at a connective or after a comma."""
    cuts = {0: Role.STATEMENT}
    for match in chain(_MARK.finditer(sentence), _SENTENCE_END.finditer(sentence)):
        cuts[match.end()] = Role.STATEMENT
    for match in _STARTER.finditer(sentence):
        role = next(Role(name.rstrip("0123456789")) for name, word in match.groupdict().items() if word)
        cuts[match.start()] = role
    starts = sorted(cuts)
    pieces = zip(starts, [*starts[1:], len(sentence)], strict=True)
    clauses = [Clause(sentence[start:end].strip(" ,;:()–—-"), cuts[start]) for start, end in pieces]
    return tuple(clause for clause in clauses if clause.text)
