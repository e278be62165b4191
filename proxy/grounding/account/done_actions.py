"""Claims that something was done, and whether a tool call did it. A look-up shows a state, it does not do anything."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from proxy.grounding.account.fact_values import index_of, stems
from proxy.grounding.claims.phrases import any_word, stems_in
from proxy.grounding.text.words import stem, terms_of
from proxy.grounding.types import Fact

_LOOK_UP = stems_in(
    """get list search find lookup look fetch read retrieve view query describe show check calculate think load select
    count verify inspect status details"""
)
_UNNAMED = stems_in("tool result")
# What an answer says was done, and the words of tools' names that may have done it.
_KINDS = (
    ("cancelled canceled stopped ended terminated closed", "cancel terminate stop close delete end abort"),
    (
        "booked reserved ordered placed purchased bought scheduled arranged",
        "book reserve create order place purchase buy schedule make add",
    ),
    (
        "refunded reimbursed credited reversed returned",
        "refund reimburse credit reverse return cancel compensate payment adjust update change",
    ),
    (
        "charged paid debited deducted processed",
        "charge pay payment debit process book update order purchase refund transfer submit",
    ),
    (
        """updated changed modified upgraded downgraded moved switched amended corrected adjusted rescheduled replaced
        applied set fixed renewed extended""",
        """update change modify upgrade downgrade move switch amend edit set correct adjust reschedule replace apply
        renew extend patch put fix""",
    ),
    (
        "added included attached registered enrolled linked activated enabled opened created unblocked",
        "add update create register enroll insert set attach link activate enable open include unblock book",
    ),
    (
        "removed deleted deactivated disabled blocked frozen waived",
        "remove delete update deactivate disable block freeze cancel lock waive",
    ),
    (
        "sent emailed mailed issued shipped dispatched delivered granted posted",
        "send email mail issue ship dispatch create post grant notify certificate voucher deliver",
    ),
    (
        "transferred escalated forwarded handed raised filed submitted logged reported recorded noted",
        "transfer escalate forward human ticket case report submit file create raise log record note handoff",
    ),
)
_PROVES = {stem(said): stems_in(tools) for words, tools in _KINDS for said in words.split()}
# Said of anything that was done; any call that does something proves it.
_ANYTHING = stems_in("completed done made confirmed finalized finalised handled processed")
_ANY_DEED = stems_in("action change request update")
_LOOKED = stems_in(
    "found checked reviewed retrieved located looked verified pulled calculated searched identified"
)
_MONEY = stems_in("charged paid refunded credited debited deducted reimbursed processed reversed returned")

_ADVERB = any_word("already just now successfully also since fully automatically therefore then")
_ADVERBS = rf"(?:{_ADVERB} )*"
_VERB = any_word(" ".join(said for said, _ in _KINDS) + " completed done made confirmed finali[sz]ed handled")
_LOOK_VERB = any_word(
    "found checked reviewed retrieved located looked verified pulled calculated searched identified"
)
_BY_US = re.compile(
    rf"\b(?:I|we)(?:'ve| have| had)? {_ADVERBS}(?P<verb>{_VERB}|{_LOOK_VERB})\b", re.IGNORECASE
)
_DONE = (
    re.compile(
        rf"\b(?:has|have|was|were|is|are) {_ADVERBS}(?:been |now ){_ADVERBS}(?P<verb>{_VERB})\b",
        re.IGNORECASE,
    ),
    re.compile(rf"\bsuccessfully (?P<verb>{_VERB})\b", re.IGNORECASE),
    re.compile(
        rf"\byour (?:\w+ ){{1,3}}(?:is|are) {_ADVERBS}(?P<verb>confirmed|booked|cancell?ed|upgraded|refunded)\b"
        r"(?! (?:within|if|when|once|as soon|for|on|from|in|at)\b)",
        re.IGNORECASE,
    ),
)
_NEGATED = re.compile(r"\b(?:not|never|no)\b|n't\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DoneAction:
    """An action that a claim says was done.

    ``by_us`` where the assistant says that it did it now, ``about`` are the stems of the claim's other words.
    """

    verb: str
    by_us: bool
    about: frozenset[str] = frozenset()

    @property
    def moves_money(self) -> bool:
        return stem(self.verb) in _MONEY

    @property
    def is_look_up(self) -> bool:
        return stem(self.verb) in _LOOKED


def actions_in(text: str) -> list[DoneAction]:
    """The done actions that a claim tells of; what it says was not done is none."""
    found = [(match, pattern is _BY_US) for pattern in (_BY_US, *_DONE) for match in pattern.finditer(text)]
    terms = frozenset(terms_of(text))
    return [
        DoneAction(match["verb"].lower(), by_us, terms - {stem(match["verb"])})
        for match, by_us in found
        if not _NEGATED.search(match.group())
    ]


def proof_of(action: DoneAction, facts: Sequence[Fact]) -> Fact | None:
    """The successful result that did it: its tool's name fits the verb. Where a tool has no name, or only a state is
    told ("has been cancelled"), the verb in the result will do ("status": "cancelled")."""
    successes = [fact for fact in facts if fact.succeeded]
    if action.is_look_up:
        return next((fact for fact in reversed(successes) if not fact.is_state), None)
    verb = stem(action.verb)
    tools = _PROVES.get(verb, frozenset()) | {verb}
    for fact in reversed(successes):
        if does_something(fact) and (stems(fact.source) & tools or _fits_anything(verb, action.about, fact)):
            return fact
    for fact in reversed(successes):
        tells_state = stems(fact.source) <= _UNNAMED or not action.by_us
        if tells_state and verb in index_of((fact,)).words:
            return fact
    return None


def _fits_anything(verb: str, about: frozenset[str], fact: Fact) -> bool:
    """Whether "processed" or "completed" may be said of what this call did: it speaks of the same things."""
    words = index_of((fact,)).words | stems(fact.source)
    return verb in _ANYTHING and bool(about & words or about & _ANY_DEED)


def does_something(fact: Fact) -> bool:
    """Whether the tool's name is that of one that changes something, rather than looks something up."""
    name = stems(fact.source)
    return not fact.is_state and not name & _LOOK_UP and not name <= _UNNAMED
