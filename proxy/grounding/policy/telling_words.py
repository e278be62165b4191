"""A sentence as the words that decide what it says: content under the names of concepts, values, and operators.

Operators are small words that turn a sentence's meaning: negations, conditions, order in time, duties and permissions,
limits, scope, who acts. Words that change nothing (articles, auxiliaries, courtesies) are left out, and what is said in
several words ("no later than", "do not have to") is one operator.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from operator import itemgetter

from proxy.grounding.policy.concepts import concepts_of
from proxy.grounding.policy.polarity import DENYING
from proxy.grounding.text.words import READINGS_KEPT, STOP_WORDS, WORD, stem
from proxy.grounding.values.finding import Comparator, ValueKind, values_of


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
    FORBIDDEN = "forbidden"
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
    US = "us"
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


# "You cannot", "you are not allowed to" are "you do not" to a sentence's sense; only beside a duty that is denied
# ("you need not") they are not.
_SAME_AS = {Operator.FORBIDDEN: Operator.NOT}
_DENIED = (
    r"(?:(?:is|are|be|do|does|did|will|would|may|must|can|could|shall|should) )?"
    r"(?:no|not|never|cannot|\w+n't)(?: be)?"
)

# The first that fits decides, so that longer phrases stand before the words they contain.
_PHRASES: tuple[tuple[Operator | None, str], ...] = (
    (Operator.NOT_ONLY, r"not only"),
    (None, r"whether or not|no matter|no problem|no(?=,)|don't (?:worry|hesitate)|as well as"),
    (
        Operator.FREE,
        r"free of (?:any )?charge|for free|at no (?:extra |additional )?(?:cost|charge)"
        r"|without (?:any |a |an )?(?:extra |additional )?(?:fee|charge|cost)s?(?= |$|[.,;])",
    ),
    (Operator.FREE, r"complimentary|gratis"),
    (Operator.PAID, r"for (?:a|an extra|an additional) (?:fee|charge)|at (?:a|an extra) (?:fee|charge|cost)"),
    (
        Operator.AT_MOST,
        rf"{_DENIED} (?:(?:later|more|longer|heavier|larger|older|higher) than|exceed(?:ing)?)"
        r"|at most|up to|within|maximum(?: of)?|at the latest",
    ),
    (
        Operator.AT_LEAST,
        rf"{_DENIED} (?:sooner|earlier|less|fewer|younger|shorter|lower) than|at least|minimum(?: of)?"
        r"|at the earliest",
    ),
    (Operator.AT_MOST, r"or (?:less|fewer|under|below|younger|shorter|earlier)|and (?:under|below|younger)"),
    (Operator.AT_LEAST, r"or (?:more|over|above|older|longer|later)|and (?:over|above|older)"),
    (Operator.AT_MOST, r"(?:less|fewer|shorter|younger|smaller|lighter|lower) than|under|below"),
    (Operator.AT_LEAST, r"(?:more|longer|older|larger|heavier|higher) than|over|above|exceeding"),
    (
        Operator.OPTIONAL,
        rf"{_DENIED} (?:(?:have|need) to|(?:required|obliged|necessary|needed|mandatory|compulsory|obligatory)(?: to)?)"
        r"|need(?: not|n't)|no (?:need|obligation) to|(?:is|are) (?:optional|voluntary)",
    ),
    (
        Operator.FORBIDDEN,
        rf"{_DENIED} (?:allowed|permitted|able|entitled) to|(?:is|are|'re) unable to|(?:can|may) no longer"
        r"|(?:may|must|can|could|shall|should) not|cannot|(?:can|could|must|may|sha|should)n?'t",
    ),
    (
        Operator.MUST,
        r"ha(?:ve|s) to|need(?:s)? to|(?:is|are) obliged to|must|shall|required to"
        r"|(?:is|are|be) (?:required|needed|necessary|mandatory|compulsory|obligatory)(?: to)?",
    ),
    (
        Operator.MAY,
        r"(?:is|are|'re) (?:allowed|permitted|able|entitled|free|welcome) to|may|can|could|might",
    ),
    (Operator.NOT, r"\w+n't|no longer|not|never|no one|no|none|nothing|nobody|neither|nor|non|without"),
    (Operator.ALSO, r"also (?:if|when|where)|even if|including when"),
    (
        Operator.IF,
        r"only (?:if|when|where)|(?:as|so) long as|provided(?: that)?|on condition that|in case"
        r"|if|when|whenever|where|once",
    ),
    (Operator.UNLESS, r"unless|except(?: that| if| when| for| where)?|excluding|other than|apart from"),
    (Operator.UNTIL, r"until|till"),
    (Operator.BEFORE, r"while (?:\w+(?:'s|'re| is| are) )?still|before|prior to|ahead of"),
    (Operator.AFTER, r"after|following"),
    (Operator.DURING, r"during|while"),
    (Operator.ONLY, r"only|solely|exclusively"),
    (Operator.ALL, r"all|every|any|each|always|everyone|anyone|everybody|anybody"),
    (Operator.SOME, r"some|most|certain|selected|many|usually|normally|sometimes"),
    (Operator.AND, r"and"),
    (Operator.OR, r"or"),
    (Operator.IF, r"(?:as|since|because|given that|now that)(?= (?:you|your|we|our|the|it|this|a) )"),
    (Operator.WE, r"we"),
    (Operator.US, r"(?-i:us)"),  # "US" is a country
    (Operator.YOU, r"you"),
)
_OPERATOR = re.compile(
    r"\b(?=[\w'])(?:"
    + "|".join(f"(?P<p{number}>{words})" for number, (_, words) in enumerate(_PHRASES))
    + r")\b",
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
_NO = frozenset({"no", "nobody", "no one", "none", "neither"})
_SUBJECT = 4  # telling words between "no" and what the sentence does not require
_LIMITS = frozenset({Operator.AT_MOST, Operator.AT_LEAST, Operator.UNTIL})
_LATEST = frozenset({"at the latest", "at the earliest"})
_WRITTEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[<>≤≥=±+−~]|(?<!\S)-(?=\d)")
_UNHEARD = frozenset("a an the please kindly".split())
_ENDINGS = {"n't": "not", "'ll": "will", "'re": "are", "'ve": "have", "'m": "am"}
_CONTRACTION = re.compile(r"(?:" + "|".join(_ENDINGS) + r")\Z")
_CONTRACTED = {
    "cannot": ["can", "not"],
    "can't": ["can", "not"],
    "won't": ["will", "not"],
    "shan't": ["shall", "not"],
    **{f"{word}'s": [word, "is"] for word in ("it", "that", "there", "here", "what", "who", "where")},
}


@lru_cache(maxsize=READINGS_KEPT)
def tokens_of(text: str) -> tuple[Token, ...]:
    """The telling words of a sentence in order; pure, linear in the text's length."""
    text = text.replace("\u2019", "'")
    found, taken = _values_in(text)
    for match in _OPERATOR.finditer(text):
        if any(taken[match.start() : match.end()]):
            continue
        operator = _PHRASES[int((match.lastgroup or "p0")[1:])][0]
        taken[match.start() : match.end()] = b"\x01" * (match.end() - match.start())
        if operator is not None:
            found.append(_operator(operator, match.start(), match.end()))
    for match in WORD.finditer(text):
        if not any(taken[match.start() : match.end()]):
            found += _tokens(match.group(), match.start(), match.end())
    found.sort(key=lambda token: token.start)
    return tuple(_before_an_event(text, _without_duty(text, found)))


def _values_in(text: str) -> tuple[list[Token], bytearray]:
    """The values of a text, and a mark on each character that an opening courtesy or a value takes up."""
    taken = bytearray(len(text) + 1)
    opening = _OPENING.match(text)
    if opening is not None:
        taken[: opening.end()] = b"\x01" * opening.end()
    found = []
    for value in values_of(text):
        if value.kind in _KINDS_READ:
            key = f"{value.kind}:{value.unit}:{value.amount.normalize()}:{value.high.normalize()}"
            found.append(Token(key, None, True, value.start, value.end))
            taken[value.start : value.end] = b"\x01" * (value.end - value.start)
    return found, taken


def _operator(operator: Operator, start: int, end: int) -> Token:
    return Token(f"§{_SAME_AS.get(operator, operator)}", operator, False, start, end)


def _tokens(word: str, start: int, end: int) -> list[Token]:
    """A content word under its concept's name; one that denies by itself ("excluded") as "not" and its opposite."""
    lower = word.lower()
    if lower in _TELLING:
        return [Token(lower, None, False, start, end)]
    if lower in _LIGHT:
        return []
    denied = DENYING.get(stem(lower))
    keys = concepts_of(denied or word) or ((lower,) if lower[0].isdigit() else ())
    tokens = [Token(key, None, False, start, end) for key in keys]
    return [_operator(Operator.NOT, start, end), *tokens] if denied else tokens


def _without_duty(text: str, tokens: list[Token]) -> list[Token]:
    """ "No deposit is required", "nobody has to sign": a duty that is denied from afar, denied where it stands."""
    for place, token in enumerate(tokens):
        if token.operator is not Operator.NOT or text[token.start : token.end].lower() not in _NO:
            continue
        near = tokens[place + 1 : place + 2 + _SUBJECT]
        duty = next((one for one in near if not one.is_content), None)
        if duty is not None and duty.operator is Operator.MUST:
            denied = _operator(Operator.OPTIONAL, token.start, duty.end)
            return [denied if one is duty else one for one in tokens if one is not token]
    return tokens


def _before_an_event(text: str, tokens: list[Token]) -> list[Token]:
    """ "Until 2 days before" is at least so long, because the days are counted backwards (see ``values/bounds.py``)."""
    periods = {value.start: value for value in values_of(text) if value.order == "before"}
    turned: list[Token | None] = list(tokens)
    for place, token in enumerate(tokens):
        period = periods.get(token.start) if token.is_value else None
        bound = _limit_beside(text, tokens, place) if period else None
        if period is not None and bound is not None:
            limit, word = _limit(period.comparator), tokens[bound]
            turned[bound] = None if limit is None else _operator(limit, word.start, word.end)
    return [token for token in turned if token is not None]


def _limit_beside(text: str, tokens: Sequence[Token], place: int) -> int | None:
    """Where the word stands that bounds the value at ``place``: just before it, or "at the latest" some words after."""
    if place and tokens[place - 1].operator in _LIMITS:
        return place - 1
    after = range(place + 1, min(place + 2 + _SUBJECT, len(tokens)))
    return next((n for n in after if text[tokens[n].start : tokens[n].end].lower() in _LATEST), None)


def _limit(comparator: Comparator) -> Operator | None:
    if comparator.is_upper:
        return Operator.AT_MOST
    return Operator.AT_LEAST if comparator.is_lower else None


@lru_cache(maxsize=READINGS_KEPT)
def written_words(text: str) -> tuple[str, ...]:
    """Every word, value and sign of a text in order, in lower case; pure, linear in the text's length.

    Courtesies, articles and the spelling of numbers and contractions make no difference.
    """
    text = text.replace("\u2019", "'")
    found, taken = _values_in(text)
    words = [(value.start, value.key) for value in found]
    for match in _WRITTEN.finditer(text):
        if not any(taken[match.start() : match.end()]):
            words += [(match.start(), word) for word in _spelled_out(match.group().lower())]
    return tuple(word for _, word in sorted(words, key=itemgetter(0)) if word not in _UNHEARD)


def _spelled_out(word: str) -> list[str]:
    """A contraction as its words; "'s" is "is" only where it can be nothing else."""
    ending = _CONTRACTION.search(word)
    if word in _CONTRACTED or ending is None:
        return _CONTRACTED.get(word, [word])
    return [word[: ending.start()], _ENDINGS[ending.group()]]
