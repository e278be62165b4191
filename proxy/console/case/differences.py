"""Where a claim and the policy's sentence part, in a few words each: "90 days ↔ not after travel has been completed".

The same typed reading that the verdict rests on (grounding/policy), cut short for people. It is shown once the reviewer
has judged, never before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from proxy.grounding.policy.clauses import Clause, Role, clauses_of
from proxy.grounding.policy.concepts import concepts_of
from proxy.grounding.policy.differences import Standing, value_standings
from proxy.grounding.policy.polarity import denies, opposites_between, stance_of
from proxy.grounding.text.words import stem, words_of
from proxy.grounding.values.wording import in_words

NOT_SAID = "not said"
MOST_SHOWN = 4
_LONGEST = 90  # characters of a side; what is longer is cut at a word
_MENTIONED = 0.4  # the share of a condition's terms that answer and question must have to count as saying it


@dataclass(frozen=True, slots=True)
class Difference:
    """What the answer says, and what the policy says in its place."""

    said: str
    policy: str


def differences(claim: str, question: str | None, quote: str) -> tuple[Difference, ...]:
    """The typed differences between a claim and the sentence that decided about it; empty where there are none."""
    found = [
        *_values(claim, question, quote),
        *_opposites(claim, quote),
        *_denials(claim, question, quote),
        *_conditions(claim, question, quote),
    ]
    return tuple(dict.fromkeys(found))[:MOST_SHOWN]


def _values(claim: str, question: str | None, quote: str) -> Iterator[Difference]:
    for each in value_standings(claim, question, quote, quote, (), ()):
        if each.standing is Standing.CONFLICT and each.against is not None:
            yield Difference(in_words(each.value), in_words(each.against))


def _opposites(claim: str, quote: str) -> Iterator[Difference]:
    for mine, theirs in opposites_between(claim, quote):
        yield Difference(_word(claim, mine), _word(quote, theirs))


def _denials(claim: str, question: str | None, quote: str) -> Iterator[Difference]:
    """What the policy rules out and the answer grants, or the other way round."""
    if denies(claim) == denies(quote):
        return
    if denies(quote):
        yield Difference(_granted(claim, question, quote), _ruled_out(quote))
    else:
        yield Difference(_ruled_out(claim), _short(_statement(quote)))


def _granted(claim: str, question: str | None, quote: str) -> str:
    """What the answer grants, by the value that the policy knows nothing of where there is one."""
    standings = value_standings(claim, question, quote, quote, (), ())
    absent = [each.value for each in standings if each.standing is Standing.ABSENT]
    return in_words(absent[0]) if absent else _short(_statement(claim))


def _ruled_out(text: str) -> str:
    """ "not after travel has been completed": the case that is denied, else the clause that denies."""
    clauses = clauses_of(text)
    denying = next((at for at, clause in enumerate(clauses) if denies(clause.text)), 0)
    case = clauses[denying + 1 : denying + 2]
    if case and case[0].role is Role.CONDITION:
        return _short(f"not {case[0].text.rstrip('.')}")
    return _short(clauses[denying].text.rstrip(".")) if clauses else _short(text)


def _conditions(claim: str, question: str | None, quote: str) -> Iterator[Difference]:
    """Conditions and exceptions of the policy that neither answer nor question mention."""
    if denies(quote) and not denies(claim):
        return  # told as what it rules out
    given = frozenset(concepts_of(f"{claim} {question or ''}"))
    for clause in clauses_of(quote):
        terms = frozenset(concepts_of(clause.text))
        binds = clause.role in (Role.CONDITION, Role.EXCEPTION) or stance_of(clause.text).only
        if binds and terms and len(terms & given) / len(terms) < _MENTIONED:
            yield Difference(NOT_SAID, _short(clause.text.rstrip(".")))


def _statement(text: str) -> str:
    clauses = clauses_of(text) or (Clause(text, Role.STATEMENT),)
    stating = [clause for clause in clauses if clause.role is Role.STATEMENT] or list(clauses)
    return max(stating, key=lambda clause: len(clause.text)).text.rstrip(".")


def _word(text: str, wanted: str) -> str:
    return next((word for word in words_of(text) if stem(word) == wanted), wanted)


def _short(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    return text[:_LONGEST].rsplit(" ", 1)[0] + " …"
