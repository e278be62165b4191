"""What bounds a value: "within", "no more than", "from", "or more", and whether it lies before or after an event."""

from __future__ import annotations

import re
from enum import StrEnum


class Comparator(StrEnum):
    UNSTATED = "unstated"
    EXACTLY = "exactly"
    ABOUT = "about"
    AT_MOST = "at_most"
    LESS_THAN = "less_than"
    AT_LEAST = "at_least"
    MORE_THAN = "more_than"

    @property
    def is_upper(self) -> bool:
        return self in (Comparator.AT_MOST, Comparator.LESS_THAN)

    @property
    def is_lower(self) -> bool:
        return self in (Comparator.AT_LEAST, Comparator.MORE_THAN)


_CONTEXT_BEFORE, _CONTEXT_AFTER = 48, 32  # characters looked at on either side

_NOT = r"(?:no|not|never|n't|cannot|isn't|can't|mustn't|(?:not|n't|cannot|never)\sbe)\s"
_BETWEEN = r"(?:\s(?:a|an|the|about|of|your|total|charge|is|:|you|\w{1,12}\sof)){0,3}\s?[(*\"]{0,3}\Z"
# Read in this order: the negated forms contain the plain ones.
_BEFORE = tuple(
    (re.compile(rf"(?:^|(?<=\W))(?:{pattern}){_BETWEEN}", re.IGNORECASE), comparator)
    for pattern, comparator in (
        (
            rf"{_NOT}(?:more|longer|greater|larger|bigger|heavier|older|over|above|exceed\w*|later|after|higher)(?:\sthan)?",
            Comparator.AT_MOST,
        ),
        (
            rf"{_NOT}(?:less|fewer|under|below|shorter|sooner|earlier|before|younger|lower)(?:\sthan)?",
            Comparator.AT_LEAST,
        ),
        (
            r"(?:up\sto|at\s(?:the\s)?(?:very\s)?most|within|in\sunder|maximum(?:\sof)?|max\.?|limited\sto|capped\sat"
            r"|as\s(?:many|much|late|long)\sas|until|till|by|through|limit\sis|limit\sof|no\slater\sthan|latest"
            r"|in\sless\sthan|not\sexceed|ceiling\sof|cap\sof|to\sa\smaximum\sof|during\sthe\sfirst|in\sthe\sfirst)",
            Comparator.AT_MOST,
        ),
        (
            r"(?:at\s(?:the\s)?(?:very\s)?least|(?:a\s)?minimum(?:\sof)?|min\.?|from|since|starting|starts\s(?:at|from)"
            r"|as\s(?:few|little|early|soon)\sas|as\sof|no\sfewer\sthan|beginning|a\sgood|aged)",
            Comparator.AT_LEAST,
        ),
        (
            r"(?:more|greater|longer|larger|bigger|heavier|older|later|higher)\sthan"
            r"|(?:over|above|exceed\w*|after|beyond|past|upwards\sof)",
            Comparator.MORE_THAN,
        ),
        (
            r"(?:less|fewer|shorter|younger|smaller|earlier|sooner|lower|lighter)\sthan|(?:under|below|before|prior\sto)",
            Comparator.LESS_THAN,
        ),
        (r"(?:exactly|precisely|always)", Comparator.EXACTLY),
        (
            r"(?:about|around|approximately|roughly|approx\.?|circa|nearly|almost|some|typically|usually)",
            Comparator.ABOUT,
        ),
    )
)
_AFTER = tuple(
    (re.compile(rf"[\s(]{{0,2}}(?:{pattern})(?!\w)", re.IGNORECASE), comparator)
    for pattern, comparator in (
        (
            r"\w{0,12}\s?or\s(?:more|over|above|older|longer|later|higher|heavier|greater|upwards)",
            Comparator.AT_LEAST,
        ),
        (
            r"and\s(?:over|above|older|up|upwards)|\+|minimum|at\s(?:the\s)?least|at\sthe\searliest|onwards",
            Comparator.AT_LEAST,
        ),
        (
            r"\w{0,12}\s?or\s(?:less|fewer|under|below|younger|shorter|earlier|lower|lighter|sooner)",
            Comparator.AT_MOST,
        ),
        (
            r"and\s(?:under|below|younger)|maximum|max\.?|at\s(?:the\s)?most|at\sthe\slatest|tops|in\sadvance\sat\smost",
            Comparator.AT_MOST,
        ),
    )
)
_ORDER = re.compile(
    r"[\s,]{0,2}(?:\w{1,12}\s){0,2}?(?P<word>before|prior\sto|ahead|beforehand|in\sadvance|after|following|from|later|since)\b",
    re.IGNORECASE,
)


def bound_of(text: str, start: int, end: int) -> Comparator:
    """What bounds the value at ``text[start:end]``, from the words just after and just before it."""
    after = text[end : end + _CONTEXT_AFTER]
    for pattern, comparator in _AFTER:
        if pattern.match(after):
            return comparator
    before = text[max(0, start - _CONTEXT_BEFORE) : start]
    for pattern, comparator in _BEFORE:
        if pattern.search(before):
            return comparator
    return Comparator.UNSTATED


def order_of(text: str, end: int) -> str:
    """ "before" or "after" where a duration is counted from an event ("24 hours before departure"), else ""."""
    match = _ORDER.match(text[end : end + _CONTEXT_AFTER])
    if match is None:
        return ""
    word = match["word"].lower()
    return "before" if word.startswith(("before", "prior", "ahead", "in")) else "after"
