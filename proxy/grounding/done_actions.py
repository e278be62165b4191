"""Claims that something was done, and whether a tool call did it. A look-up shows a state, it does not do anything."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from proxy.grounding.fact_values import FactIndex, index_of, stems
from proxy.grounding.types import Fact
from proxy.grounding.words import stem

_LOOK_UP = frozenset(
    stem(word)
    for word in "get list search find lookup look fetch read retrieve view query describe show check calculate think load select count verify inspect status details".split()
)
# What the words of an answer mean for the tools behind them: any of these stems in a tool's name may have done it.
_KINDS: tuple[tuple[str, str], ...] = (
    ("cancel cancelled canceled cancelling stopped ended terminated closed", "cancel terminate stop close delete end abort"),
    ("book booked reserved ordered placed purchased bought scheduled arranged", "book reserve create order place purchase buy schedule make add"),
    ("refund refunded reimbursed credited reversed returned", "refund reimburse credit reverse return cancel compensate payment adjust update change"),
    ("charge charged paid debited deducted processed", "charge pay payment debit process book update order purchase refund transfer submit"),
    ("update updated changed modified upgraded downgraded moved switched amended corrected adjusted rescheduled replaced applied set fixed renewed extended",
     "update change modify upgrade downgrade move switch amend edit set correct adjust reschedule replace apply renew extend patch put fix"),
    ("add added included attached registered enrolled linked activated enabled opened created unblocked", "add update create register enroll insert set attach link activate enable open include unblock book"),
    ("remove removed deleted deactivated disabled blocked frozen waived", "remove delete update deactivate disable block freeze cancel lock waive"),
    ("send sent emailed mailed issued shipped dispatched delivered granted posted", "send email mail issue ship dispatch create post grant notify certificate voucher deliver"),
    ("transfer transferred escalated forwarded handed raised filed submitted logged reported opened recorded noted",
     "transfer escalate forward human ticket case report submit file create raise log record note handoff"),
)  # fmt: skip
_PROVES = {stem(said): frozenset(map(stem, tools.split())) for words, tools in _KINDS for said in words.split()}
_LOOKED = frozenset(
    map(stem, "found checked reviewed retrieved located looked verified pulled see seen confirmed calculated searched noted identified gone had been compared".split())
)
_VERBS = "|".join(sorted({word for words, _ in _KINDS for word in words.split()}, key=len, reverse=True))
_LOOK_VERBS = "found|checked|reviewed|retrieved|located|looked|verified|pulled|calculated|searched|identified|compared|gone"
_ADVERBS = r"(?:already |just |now |successfully |also |since |fully |automatically |therefore |then )*"
_BY_US = re.compile(
    rf"\b(?:I|we)(?:'ve| have|'d| had)? {_ADVERBS}(?P<verb>{_VERBS}|{_LOOK_VERBS})\b(?! (?:to|if|whether) )", re.IGNORECASE
)
_DONE = re.compile(
    rf"\b(?:has|have|was|were|is|are) {_ADVERBS}(?:been |now ){_ADVERBS}(?P<verb>{_VERBS})\b|\b(?:is|are|was|were) {_ADVERBS}successfully (?P<verb2>{_VERBS})\b"
    rf"|\bsuccessfully (?P<verb3>{_VERBS})\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(r"\b(?:not|never|no)\b|n't\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DoneAction:
    """An action that a claim says was done; ``by_us`` where the assistant says that it did it now."""

    verb: str
    by_us: bool

    @property
    def is_look_up(self) -> bool:
        return stem(self.verb) in _LOOKED and stem(self.verb) not in _PROVES


def actions_in(text: str) -> list[DoneAction]:
    """The done actions that a claim tells of; what it says was not done is none."""
    found: list[DoneAction] = []
    for pattern, by_us in ((_BY_US, True), (_DONE, False)):
        for match in pattern.finditer(text):
            if not _NEGATED.search(match.group()):
                verb = next(group for group in match.groups() if group)
                found.append(DoneAction(verb.lower(), by_us))
    return found


def proof_of(action: DoneAction, facts: Sequence[Fact]) -> Fact | None:
    """The successful result that did it: its tool's name fits the verb, or, where the name tells nothing or the state is
    all that is said, its text has the verb ("status": "cancelled")."""
    done = [fact for fact in facts if fact.succeeded]
    if action.is_look_up:
        return done[-1] if done else None
    verb = stem(action.verb)
    tools = _PROVES.get(verb, frozenset()) | {verb}
    for fact in reversed(done):
        name = stems(fact.source)
        if name & tools and not _only_looks(name):
            return fact
    for fact in reversed(done):
        unnamed = stems(fact.source) <= {"tool", stem("result")}
        if (unnamed or not action.by_us) and verb in index_words(fact):
            return fact
    return None


def index_words(fact: Fact) -> frozenset[str]:
    index: FactIndex = index_of((fact,))
    return index.words


def _only_looks(name: frozenset[str]) -> bool:
    return bool(name & _LOOK_UP)
