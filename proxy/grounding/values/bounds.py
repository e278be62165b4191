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

    @property
    def is_limit(self) -> bool:
        return self.is_upper or self.is_lower


_CONTEXT_BEFORE, _CONTEXT_AFTER = 64, 48  # characters looked at on either side

_NOT = r"(?:no|not|never|cannot|\w{1,8}n['\u2019]t|(?:not|n['\u2019]t|cannot|never)\sbe)\s"
# What may stand between a negation and what it bounds: "may not bring more than", and no other clause.
_OTHERWISE = r"(?:(?!(?:if|when|unless|but|and|or|because|who|that|so|as)\s)[a-z]{1,14}\s){0,2}"
_BETWEEN = r"(?:\s(?:a|an|the|about|of|your|total|charge|is|:|you|\w{1,12}\sof)){0,3}\s?[(*\"]{0,3}\Z"
# Words of time ("later", "until", "from") stand in the group "time": before an event they bound the other way round,
# because its days are counted backwards. "Up to 3 days before" may be either, which ``bound_of`` decides.
# Read in this order: the negated forms contain the plain ones.
_BEFORE = tuple(
    (re.compile(rf"(?:^|(?<=\W))(?:{pattern}){_BETWEEN}", re.IGNORECASE), comparator)
    for pattern, comparator in (
        (
            rf"(?P<time>{_NOT}(?:(?:later|after)(?:\sthan)?|{_OTHERWISE}later\sthan))"
            rf"|{_NOT}(?:(?:more|longer|greater|larger|bigger|heavier|older|over|above|exceed\w*|higher)(?:\sthan)?"
            rf"|{_OTHERWISE}(?:more|longer|greater|larger|bigger|heavier|older|higher)\sthan)",
            Comparator.AT_MOST,
        ),
        (
            rf"(?P<time>{_NOT}(?:(?:sooner|earlier|before)(?:\sthan)?|{_OTHERWISE}(?:sooner|earlier)\sthan))"
            rf"|{_NOT}(?:(?:less|fewer|under|below|shorter|younger|lower)(?:\sthan)?"
            rf"|{_OTHERWISE}(?:less|fewer|shorter|younger|lower|lighter|smaller)\sthan)",
            Comparator.AT_LEAST,
        ),
        (
            r"(?P<time>as\slate\sas|until|till|by|through|latest)|(?P<either>up\sto)"
            r"|(?:at\s(?:the\s)?(?:very\s)?most|within|in\sunder|maximum(?:\sof|(?:\s\w{1,12}){1,3}?\s(?:is|are|of))?"
            r"|max\.?|limited\sto|capped\sat|as\s(?:many|much|long)\sas|limit\sis|limit\sof"
            r"|in\sless\sthan|not\sexceed|ceiling\sof|cap\sof|to\sa\smaximum\sof|during\sthe\sfirst|in\sthe\sfirst)",
            Comparator.AT_MOST,
        ),
        (
            r"(?P<time>from|since|starting|starts\s(?:at|from)|as\s(?:early|soon)\sas|as\sof|beginning)"
            r"|(?:at\s(?:the\s)?(?:very\s)?least|(?:a\s)?minimum(?:\sof|(?:\s\w{1,12}){1,3}?\s(?:is|are|of))?|min\.?"
            r"|as\s(?:few|little)\sas|no\sfewer\sthan|a\sgood|aged)",
            Comparator.AT_LEAST,
        ),
        (
            r"(?P<time>later\sthan|after|past)|(?:more|greater|longer|larger|bigger|heavier|older|higher)\sthan"
            r"|(?:over|above|exceed\w*|beyond|upwards\sof)",
            Comparator.MORE_THAN,
        ),
        (
            r"(?P<time>(?:earlier|sooner)\sthan|before|prior\sto)"
            r"|(?:less|fewer|shorter|younger|smaller|lower|lighter)\sthan|(?:under|below)",
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
            r"(?P<time>\w{0,12}\s?or\slater)|\w{0,12}\s?or\s(?:more|over|above|older|longer|higher|heavier|greater|upwards)",
            Comparator.AT_LEAST,
        ),
        (
            r"(?P<time>at\sthe\searliest|onwards)|and\s(?:over|above|older|up|upwards)|\+|minimum|at\s(?:the\s)?least",
            Comparator.AT_LEAST,
        ),
        (
            r"(?P<time>\w{0,12}\s?or\s(?:earlier|sooner))"
            r"|\w{0,12}\s?or\s(?:less|fewer|under|below|younger|shorter|lower|lighter)",
            Comparator.AT_MOST,
        ),
        (
            r"(?P<time>at\sthe\slatest)|and\s(?:under|below|younger)|maximum|max\.?|at\s(?:the\s)?most|tops"
            r"|in\sadvance\sat\smost",
            Comparator.AT_MOST,
        ),
    )
)
_TURNED = {
    Comparator.AT_MOST: Comparator.AT_LEAST,
    Comparator.AT_LEAST: Comparator.AT_MOST,
    Comparator.MORE_THAN: Comparator.LESS_THAN,
    Comparator.LESS_THAN: Comparator.MORE_THAN,
}
# "24 hours before your flight leaves at the latest"
_LATEST = re.compile(r"(?:\s\w{1,12}){1,6}?\sat\sthe\s(?:(?P<latest>latest)|earliest)\b", re.IGNORECASE)
_BEFORE_IT = re.compile(r"[\s,]{0,2}(?:\w{1,12}\s){0,2}?(?:before|prior\sto)\b", re.IGNORECASE)
_ORDER = re.compile(
    r"[\s,]{0,2}(?:\w{1,12}\s){0,2}?(?P<word>before|prior\sto|ahead|beforehand|in\sadvance|after|following|from|later|since)\b",
    re.IGNORECASE,
)


def bound_of(text: str, start: int, end: int, order: str = "") -> Comparator:
    """What bounds the value at ``text[start:end]``, from the words just after and just before it.

    ``order`` is :func:`order_of` a duration: "until 2 days before" and "2 days before at the latest" are at least as
    long, "from 2 days before" is at most as long.
    """
    after = text[end : end + _CONTEXT_AFTER]
    for pattern, comparator in _AFTER:
        if match := pattern.match(after):
            return _TURNED[comparator] if order == "before" and match["time"] else comparator
    before = text[max(0, start - _CONTEXT_BEFORE) : start]
    for pattern, comparator in _BEFORE:
        if match := pattern.search(before):
            return _turned(match, comparator, after) if order == "before" else comparator
    if order == "before" and (late := _LATEST.match(after)):
        return Comparator.AT_LEAST if late["latest"] else Comparator.AT_MOST
    return Comparator.UNSTATED


def _turned(match: re.Match[str], comparator: Comparator, after: str) -> Comparator:
    """What bounds a duration that is counted back from an event.

    "Cancel up to 2 days before" is at least, "book up to a year in advance" is at most; in advance both are said.
    """
    said = match.groupdict()
    if said.get("either"):
        return Comparator.AT_LEAST if _BEFORE_IT.match(after) else Comparator.UNSTATED
    return _TURNED[comparator] if said.get("time") else comparator


def order_of(text: str, end: int) -> str:
    """ "before" or "after" where a duration is counted from an event ("24 hours before departure"), else ""."""
    match = _ORDER.match(text[end : end + _CONTEXT_AFTER])
    if match is None:
        return ""
    word = match["word"].lower()
    return "before" if word.startswith(("before", "prior", "ahead", "in")) else "after"
