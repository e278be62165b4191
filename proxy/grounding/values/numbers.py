"""Numbers as people write them: digits with separators, and number words ("two hundred and fifty")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORDS: dict[str, int] = {word: number for number, word in enumerate(_UNITS)}
_WORDS |= {word: 10 * number for number, word in enumerate(_TENS, start=2)}
_WORDS |= {"dozen": 12, "couple": 2}
_SCALES: dict[str, int] = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_ORDINALS: dict[str, int] = {
    word: number
    for number, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), start=1
    )
}

_DIGITS = r"\d{1,15}(?:[,.\u2019\u00a0]\d{1,9}){0,5}"
_WORD = "|".join(sorted([*_WORDS, *_SCALES], key=len, reverse=True))
AND_A_HALF = r"\sand\s(?:a|one)\shalf\b"
# Every repetition is bounded and every branch starts with another character: linear on any input.
_NUMBER = re.compile(
    rf"(?<![\w.])(?P<digits>{_DIGITS})(?P<ordinal>st|nd|rd|th)?(?P<scale>\s?(?:k|m|thousand|million|billion)\b)?"
    rf"(?P<more>\u00bd|{AND_A_HALF})?"
    rf"|\b(?P<words>(?:{_WORD})(?:(?:\s|-|(?<=hundred)\sand\s|(?<=thousand)\sand\s)(?:{_WORD})\b){{0,8}})\b"
    rf"(?P<half>{AND_A_HALF})?"
    rf"|\b(?P<ordinal_word>{'|'.join(_ORDINALS)})\b",
    re.IGNORECASE,
)
HALF = Decimal("0.5")
_SCALE_LETTERS = {"k": 1_000, "m": 1_000_000}


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text: ``text[start:end]``; ``ordinal`` for "first" or "3rd", ``worded`` for number words."""

    amount: Decimal
    start: int
    end: int
    ordinal: bool = False
    worded: bool = False


def numbers_of(text: str) -> Iterator[Number]:
    """All numbers in ``text`` from left to right, without overlap."""
    for match in _NUMBER.finditer(text):
        yield _number(match)


def _number(match: re.Match[str]) -> Number:
    start, end = match.span()
    if word := match["ordinal_word"]:
        return Number(Decimal(_ORDINALS[word.lower()]), start, end, ordinal=True, worded=True)
    if words := match["words"]:
        return Number(_from_words(words.lower()) + (HALF if match["half"] else 0), start, end, worded=True)
    amount = from_digits(match["digits"]) + (HALF if match["more"] else 0)
    if scale := (match["scale"] or "").strip().lower():
        amount *= _SCALE_LETTERS.get(scale) or _SCALES[scale]
    return Number(amount, start, end, ordinal=match["ordinal"] is not None)


def from_digits(digits: str, *, continental: bool = False) -> Decimal:
    """``1,200`` is twelve hundred, ``1.5`` and ``1,5`` one and a half: the last group's length decides.

    ``1.200`` is twelve hundred only where the text is known to write so (``continental``), as in ``1.200 €``.
    """
    groups = re.split(r"[,.\u2019\u00a0]", digits)
    if len(groups) == 1:
        return Decimal(groups[0])
    separators = re.findall(r"[,.\u2019\u00a0]", digits)
    thousands = len(groups[-1]) == 3 and len(groups[0]) <= 3 and groups[0] != "0"
    if thousands and len(set(separators)) == 1 and (separators[0] != "." or len(groups) > 2 or continental):
        return Decimal("".join(groups))
    return Decimal("".join(groups[:-1]) + "." + groups[-1])


def _from_words(words: str) -> Decimal:
    total = current = 0
    for word in re.split(r"[\s-]+", words):
        if word == "and":
            continue
        if word == "hundred" or (word == "dozen" and current):
            current = (current or 1) * (_SCALES.get(word) or _WORDS[word])
        elif word in _SCALES:
            total += (current or 1) * _SCALES[word]
            current = 0
        else:
            current += _WORDS[word]
    return Decimal(total + current)
