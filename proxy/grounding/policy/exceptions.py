"""Whether a sentence speaks of the exception to what another one denies: "cannot be returned unless faulty".

What is denied until, without, unless or except is not denied of that, and what is denied on one side of an event is not
denied on the other: the denial is then no word on the sentence that names it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from proxy.grounding.policy.alignment import Weights
from proxy.grounding.policy.clauses import Role, clauses_of
from proxy.grounding.policy.concepts import concepts_of
from proxy.grounding.policy.polarity import denies, stance_of
from proxy.grounding.text.words import READINGS_KEPT

_NAMED = 0.6  # of an exception's own terms that a sentence must have to speak of it
_OPENING = re.compile(
    r"\A(?:unless|except(?:\sfor|\sthat|\swhere|\swhen|\sif)?|excluding|other\sthan|apart\sfrom|with\sthe\sexception\sof|without"
    r"|(?P<to>until|before|prior\sto)|(?P<from>after|once|as\ssoon\sas|following|upon|since))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Named:
    """The terms of the clauses that affirm: those on the near side of an event, and all others."""

    to_an_event: frozenset[str]
    others: frozenset[str]


def speaks_of_exception(text: str, denying: str, weights: Weights) -> bool:
    """Whether ``text`` names what ``denying`` makes an exception of, or the other side of its event."""
    named = _named(text)
    known = named.to_an_event | named.others
    for terms, from_an_event in _exceptions(denying):
        said = named.to_an_event - named.others if from_an_event else named.others
        if terms & known and weights.share(said, terms) >= _NAMED:
            return True
    return False


@lru_cache(maxsize=READINGS_KEPT)
def _exceptions(text: str) -> tuple[tuple[frozenset[str], bool], ...]:
    """The own terms of each exception, and whether it is the time before an event that the rest rules over."""
    clauses = clauses_of(text)
    statements = [at for at, clause in enumerate(clauses) if clause.role is Role.STATEMENT]
    found = []
    for place, clause in enumerate(clauses):
        opening = _OPENING.match(clause.text)
        rule = max((at for at in statements if at < place), default=min(statements, default=None))
        if opening is None or rule is None or not stance_of(clauses[rule].text).negated:
            continue
        terms = frozenset(concepts_of(clause.text[opening.end() :]))
        found.append((terms - set(concepts_of(clauses[rule].text)) or terms, opening["from"] is not None))
    return tuple(found)


@lru_cache(maxsize=READINGS_KEPT)
def _named(text: str) -> _Named:
    before: set[str] = set()
    others: set[str] = set()
    for clause in clauses_of(text):
        if clause.role is Role.EXCEPTION or denies(clause.text):
            continue
        opening = _OPENING.match(clause.text)
        to_an_event = opening is not None and opening["to"] is not None
        (before if to_an_event else others).update(concepts_of(clause.text))
    return _Named(frozenset(before), frozenset(others))
