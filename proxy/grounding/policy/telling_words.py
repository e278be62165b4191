"""A sentence as the words that decide what it says: content under the names of concepts, values, and operators.

Operators are small words that turn a sentence's meaning: negations, conditions, order in time, duties and permissions,
limits, scope, who acts. Words that change nothing (articles, auxiliaries, courtesies) are left out, and what is said in
several words ("no later than", "do not have to") is one operator.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from proxy.grounding.policy.concepts import concepts_of
from proxy.grounding.text.words import READINGS_KEPT, STOP_WORDS, WORD
from proxy.grounding.values.finding import ValueKind, values_of


class Operator(StrEnum):
    """What a small word does to its sentence."""

    NOT = "not"
    IF = "if"
    UNLESS = "unless"
    BEFORE = "before"
    AFTER = "after"
    DURING = "during"
    UNTIL = "until"
    MUST = "must"
    OPTIONAL = "optional"
    MAY = "may"
    ONLY = "only"
    NOT_ONLY = "not only"
    ALSO = "also"
    AND = "and"
    OR = "or"
    ALL = "all"
    SOME = "some"
    AT_MOST = "at most"
    AT_LEAST = "at least"
    FREE = "free"
    PAID = "paid"
    WE = "we"
    YOU = "you"


@dataclass(frozen=True, slots=True)
class Token:
    """``key`` is what makes two tokens the same; ``text[start:end]`` of the sentence is what was written."""

    key: str
    operator: Operator | None
    is_value: bool
    start: int
    end: int

    @property
    def is_content(self) -> bool:
        return self.operator is None


# The first that fits decides, so that longer phrases stand before the words they contain.
_PHRASES: tuple[tuple[Operator | None, str], ...] = (
    (Operator.NOT_ONLY, r"not only"),
    (None, r"whether or not|no matter|no problem|don't (?:worry|hesitate)|as well as"),
    (
        Operator.FREE,
        r"free of (?:any )?charge|for free|at no (?:extra |additional )?(?:cost|charge)"
        r"|without (?:any |a |an )?(?:extra |additional )?(?:fee|charge|cost)s?(?= |$|[.,;])",
    ),
    (Operator.FREE, r"complimentary|gratis"),
    (Operator.PAID, r"for (?:a|an extra|an additional) (?:fee|charge)|at (?:a|an extra) (?:fee|charge|cost)"),
    (
        Operator.AT_MOST,
        r"(?:no|not) (?:later|more|longer|heavier|larger|older|higher) than|not exceed(?:ing)?"
        r"|at most|up to|within|maximum(?: of)?|at the latest",
    ),
    (
        Operator.AT_LEAST,
        r"(?:no|not) (?:sooner|earlier|less|fewer|younger|shorter) than|at least|minimum(?: of)?"
        r"|at the earliest",
    ),
    (Operator.AT_MOST, r"or (?:less|fewer|under|below|younger|shorter|earlier)|and (?:under|below|younger)"),
    (Operator.AT_LEAST, r"or (?:more|over|above|older|longer|later)|and (?:over|above|older)"),
    (Operator.AT_MOST, r"(?:less|fewer|shorter|younger|smaller|lighter|lower) than|under|below"),
    (Operator.AT_LEAST, r"(?:more|longer|older|larger|heavier|higher) than|over|above|exceeding"),
    (
        Operator.OPTIONAL,
        r"(?:do|does|did|will)(?: not|n't) (?:have|need) to|need(?: not|n't)|(?:is|are)(?: not"
        r"|n't) (?:required|obliged|necessary)(?: to)?|no need to|not have to",
    ),
    (Operator.MUST, r"ha(?:ve|s) to|need(?:s)? to|(?:is|are) (?:required|obliged) to|must|shall|required to"),
    (
        Operator.MAY,
        r"(?:is|are|'re) (?:allowed|permitted|able|entitled|free|welcome) to|may|can(?!not|'t)"
        r"|could|might",
    ),
    (Operator.NOT, r"cannot|can't|\w+n't|not|never|no|none|nothing|nobody|no one|neither|nor"),
    (Operator.ALSO, r"also (?:if|when|where)|even if|including when"),
    (
        Operator.IF,
        r"only (?:if|when|where)|(?:as|so) long as|provided(?: that)?|on condition that|in case"
        r"|if|when|whenever|where|once",
    ),
    (Operator.UNLESS, r"unless|except(?: that| if| when| for| where)?|excluding|other than|apart from"),
    (Operator.UNTIL, r"until|till"),
    (Operator.BEFORE, r"before|prior to|ahead of"),
    (Operator.AFTER, r"after|following"),
    (Operator.DURING, r"during|while"),
    (Operator.ONLY, r"only|solely|exclusively"),
    (Operator.ALL, r"all|every|any|each|always|everyone|anyone|everybody|anybody"),
    (Operator.SOME, r"some|most|certain|selected|many|usually|normally|sometimes"),
    (Operator.AND, r"and"),
    (Operator.OR, r"or"),
    (Operator.IF, r"(?:as|since|because|given that|now that)(?= (?:you|your|we|our|the|it|this|a) )"),
    (Operator.WE, r"we"),
    (Operator.YOU, r"you"),
)
_OPERATOR = re.compile(
    r"\b(?:" + "|".join(f"(?P<p{number}>{words})" for number, (_, words) in enumerate(_PHRASES)) + r")\b",
    re.IGNORECASE,
)
_KINDS_READ = frozenset(ValueKind) - {ValueKind.ORDINAL}
# Function words that carry meaning of their own where two sentences differ in nothing else.
_TELLING = frozenset("same other another both either".split())
_LIGHT = (STOP_WORDS - _TELLING) | frozenset(
    "anything everything something item thing items things then however also".split()
)
_OPENING = re.compile(
    r"\A\W*(?:(?:(?:yes|no|sure)(?=\s?[,.!:;–—-])|unfortunately|sorry|of course|good news|(?:please )?note(?: that)?"
    r"|keep in mind(?: that)?|just so you know|(?:according to|as per) (?:our|the) policy|as a reminder|to confirm"
    r"|just to clarify|for your information|to answer your question|I can confirm(?: that)?|in short|to be clear"
    r"|good to know|remember(?: that)?)\b[\s,.:;!–—-]*)+",
    re.IGNORECASE,
)


@lru_cache(maxsize=READINGS_KEPT)
def tokens_of(text: str) -> tuple[Token, ...]:
    """The telling words of a sentence in order; pure, linear in the text's length."""
    text = text.replace("\u2019", "'")
    found: dict[int, Token] = {}
    taken = bytearray(len(text) + 1)
    opening = _OPENING.match(text)
    if opening is not None:
        taken[: opening.end()] = b"\x01" * opening.end()
    for value in values_of(text):
        if value.kind in _KINDS_READ:
            key = f"{value.kind}:{value.unit}:{value.amount.normalize()}:{value.high.normalize()}"
            found[value.start] = Token(key, None, True, value.start, value.end)
            taken[value.start : value.end] = b"\x01" * (value.end - value.start)
    for match in _OPERATOR.finditer(text):
        if any(taken[match.start() : match.end()]):
            continue
        operator = _PHRASES[int((match.lastgroup or "p0")[1:])][0]
        taken[match.start() : match.end()] = b"\x01" * (match.end() - match.start())
        if operator is not None:
            found[match.start()] = Token(f"§{operator}", operator, False, match.start(), match.end())
    for match in WORD.finditer(text):
        if not any(taken[match.start() : match.end()]):
            for key in _keys(match.group()):
                found[match.start()] = Token(key, None, False, match.start(), match.end())
    return tuple(found[start] for start in sorted(found))


def _keys(word: str) -> tuple[str, ...]:
    lower = word.lower()
    if lower in _TELLING:
        return (lower,)
    if lower in _LIGHT:
        return ()
    return concepts_of(word) or ((lower,) if lower[0].isdigit() else ())
