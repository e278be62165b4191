"""Claims that go further than the policy: "all fares", "as often as you like", "without any conditions", "again"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from proxy.grounding.policy.alignment import Aligned, Weights, sentence_before
from proxy.grounding.policy.clauses import ONE_TIME, clauses_of
from proxy.grounding.policy.concepts import concepts_of
from proxy.grounding.policy.polarity import denies

_LINES_READ = 12
_SAME_THING = 0.35  # of what policy knows of the claim that a line and the sentence before it must say
_WIDE = re.compile(
    r"\b(?:all|every|any|anyone|anybody|everyone|everybody|everything|anything|always|anytime|any\stime|whatever|whenever|wherever"
    r"|whichever|regardless|no\smatter|automatically|guaranteed?|in\s(?:all|any)\scases?|without\s(?:exception|further|conditions?|limits?)"
    r"|unlimited|no\slimit|as\s(?:often|much|many|long)\sas\syou|all\syear|year-round|round|both|each|even|including|included?|entire(?:ly)?"
    r"|completely|fully|definitely|certainly|of\scourse|never|none|too|as\swell|or)\b",
    re.IGNORECASE,
)
_PERIOD = "day|night|week|fortnight|month|quarter|season|year"
_DAYS = {
    "day": 1,
    "night": 1,
    "week": 7,
    "fortnight": 14,
    "month": 30,
    "quarter": 91,
    "season": 91,
    "year": 365,
}
_AS_OFTEN = 0.95  # twelve months of 30 days are a year
_SPANS = frozenset(concepts_of(_PERIOD.replace("|", " ")))
_COUNTS = {"other": 2, "two": 2, "three": 3, "four": 4, "six": 6, "twelve": 12}
_NUMBER = rf"(?P<count>\d{{1,3}}|{'|'.join(_COUNTS)})"
_COUNTED = rf"(?:{_NUMBER}\s)?(?:(?:single|calendar|working)\s)?(?P<period>{_PERIOD})s?\b"
_ONE_TIME = re.compile(rf"{ONE_TIME}|\bone-off\b|\bone-time\b|(?<!\bat\s)\bone\stime\b", re.IGNORECASE)
_ONE_TIME_A = re.compile(rf"\bonce\s(?:in\s)?(?:per|an?|every|each|any)\s{_COUNTED}", re.IGNORECASE)
_REPEATED = re.compile(
    r"\b(?:again|(?:every|each)\stime|repeatedly|as\smany\stimes|as\soften|any\snumber|several\stimes|unlimited|always)\b",
    re.IGNORECASE,
)
# "Every month" and "on every order" say how often, "every voucher" which ones.
_RECURRING = re.compile(
    rf"\b(?:every|each)\s{_COUNTED}"
    rf"|\b(?:at|on|with|for|upon|after)\s(?:every|each)\s(?!(?:{_PERIOD}|hundred|thousand)\b)(?P<event>[a-z]{{2,30}})",
    re.IGNORECASE,
)
_RESTRICTED = re.compile(
    r"\b(?:only|except|unless|excluding|not|subject\sto|limited|provided|once|if|other\sthan|however|but|must|within|until|up\sto|where|when"
    r"|while|neither|cannot|before|after)\b|n['’]t\b",
    re.IGNORECASE,
)


def _words(pattern: re.Pattern[str], text: str) -> frozenset[str]:
    return frozenset(match.group().lower() for match in pattern.finditer(text))


def widening_features(claim: str, question: str, line: str, passage: str, near: str) -> dict[str, float]:
    """Words that widen the claim and stand in neither line nor passage; restrictions of the line that it leaves out.

    ``near`` are the passages of the lines closest to the claim.
    """
    wider = _words(_WIDE, claim) - _words(_WIDE, passage)
    left_out = _words(_RESTRICTED, line) - _words(_RESTRICTED, f"{claim} {question}")
    repeated = not _REPEATED.search(line) and bool(_ONE_TIME.search(near)) and _repeats(claim, near)
    return {
        "widened": float(min(len(wider), 3)),
        "restrictions_dropped": float(min(len(left_out), 3)),
        "widened_restriction": float(bool(wider) and bool(left_out)),
        "repeated": float(repeated),
    }


def once_only(claim: str, aligned: Sequence[Aligned], weights: Weights) -> Aligned | None:
    """The line by which something happens once that the claim repeats: "again every month", "as often as you like"."""
    if not (_REPEATED.search(claim) or _RECURRING.search(claim)):
        return None
    known = frozenset().union(*(each.line.terms for each in aligned))
    terms = frozenset(concepts_of(claim)) & known
    for each in aligned[:_LINES_READ]:
        line = each.line.text
        said_once = frozenset(concepts_of(_once_clause(line))) - _SPANS
        if not said_once & terms or _says_how_often(_ONE_TIME_A.sub(" ", line)) or not _repeats(claim, line):
            continue
        around = each.line.terms | frozenset(concepts_of(sentence_before(each.line)))
        if weights.share(around, terms) >= _SAME_THING:
            return each
    return None


def _once_clause(line: str) -> str:
    """The clause by which something happens once; "" without one."""
    if not _ONE_TIME.search(line):
        return ""
    return next((clause.text for clause in clauses_of(line) if _ONE_TIME.search(clause.text)), line)


def _says_how_often(line: str) -> bool:
    return any(pattern.search(line) for pattern in (_REPEATED, _RECURRING))


def _repeats(claim: str, once: str) -> bool:
    """Whether a clause of the claim affirms again, or more often, what ``once`` has one time, or once in a while."""
    if _ONE_TIME.search(claim):
        return False
    period = _ONE_TIME_A.search(once)
    rarest = _days(period) if period else None
    return any(
        _is_more_often(match, rarest, once)
        for clause in clauses_of(claim)
        if not denies(clause.text)
        for match in (*_REPEATED.finditer(clause.text), *_RECURRING.finditer(clause.text))
    )


def _is_more_often(match: re.Match[str], rarest: int | None, once: str) -> bool:
    named = match.groupdict()
    if named.get("event"):
        return not set(concepts_of(named["event"])) <= set(concepts_of(once))
    return rarest is None or not named or _days(match) < _AS_OFTEN * rarest


def _days(match: re.Match[str]) -> int:
    count = (match["count"] or "1").lower()
    return int(_COUNTS.get(count, count)) * _DAYS[match["period"].lower()]
