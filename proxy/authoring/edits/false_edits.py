"""Changes exactly one thing of a policy sentence so that the document no longer says it. One maker a kind.

A maker takes the sentence, a random source and the document's other sentences; it returns the changed sentence, or
None where the kind does not apply. Changes that add what the document does not say are "unsupported", the others
"contradicted".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from random import Random

from proxy.authoring.edits.clauses import real_condition, reversed_condition, states, without_condition
from proxy.authoring.edits.edited_sentence import EditedSentence, Label
from proxy.authoring.edits.negations import negated_or_affirmed
from proxy.authoring.edits.roles import actor_swapped
from proxy.authoring.edits.things import word_swapped, word_swapped_from_document
from proxy.authoring.edits.values_in_text import (
    other_date,
    other_value,
    value_of_another_sentence,
    values_in,
)
from proxy.authoring.edits.wording import (
    capital,
    content_words,
    put,
    swap_table,
    swapped,
    words_both_ways,
)

Maker = Callable[[str, Random, Sequence[str]], str | None]


def number(text: str, random: Random, others: Sequence[str]) -> str | None:
    """Another amount, made up."""
    found = values_in(text)
    if not found:
        return None
    value = random.choice(found)
    new = other_value(value, random)
    if new is None:
        return None
    return put(text, value.start, value.end, new)


def number_from_document(text: str, random: Random, others: Sequence[str]) -> str | None:
    """An amount of the same kind that another sentence of the document has."""
    found = values_in(text)
    for value in random.sample(found, len(found)):
        new = value_of_another_sentence(value, others, random)
        if new is not None and new not in text:
            return put(text, value.start, value.end, new)
    return None


_UNITS = swap_table("units")


def unit(text: str, random: Random, others: Sequence[str]) -> str | None:
    """The amount kept, its unit or rhythm changed: days as weeks, a month as a year."""
    return swapped(text, _UNITS, random)


_EDGES_OF_TIME = swap_table("edges_of_time")


def date(text: str, random: Random, others: Sequence[str]) -> str | None:
    """Another month, weekday, year, hour or end of a period."""
    return other_date(text, random) or swapped(text, _EDGES_OF_TIME, random)


def negation(text: str, random: Random, others: Sequence[str]) -> str | None:
    return negated_or_affirmed(text, random)


# Not in "so you can", "how you can": there no right is given.
_MODALITIES = swap_table("modalities")


def modality(text: str, random: Random, others: Sequence[str]) -> str | None:
    """A duty as a choice, a choice as a duty, "may happen" as "always happens"."""
    return swapped(text, _MODALITIES, random)


_ORDERS = swap_table("orders")


def before_after(text: str, random: Random, others: Sequence[str]) -> str | None:
    return swapped(text, _ORDERS, random)


_BOUNDS = swap_table("bounds")


def bound(text: str, random: Random, others: Sequence[str]) -> str | None:
    """A lower limit as an upper one, and the other way round."""
    return swapped(text, _BOUNDS, random)


def condition_dropped(text: str, random: Random, others: Sequence[str]) -> str | None:
    return without_condition(text)


def condition_reversed(text: str, random: Random, others: Sequence[str]) -> str | None:
    return reversed_condition(text)


_HAS_CONDITION = re.compile(
    r"\b(?:if|when|unless|once|only|provided|as long as|except|until|subject to|where|whether|after"
    r"|before|whenever|while)\b|[;]",
    re.IGNORECASE,
)
_DENIES = re.compile(r"\b(?:not|no|never|only|cannot|trust|believe|as follows)\b|n't\b", re.IGNORECASE)
_GRANTS = re.compile(
    r"^(?:(?:You|We|Customers|Employees|Teammates|All|Each|Every|The|Your|Our|An?|Members|Users"
    r"|Any)\b.*\b(?:can|may|will|are|is|receive|receives|get|earn|have|has|cover|covers|pay|pays|offer"
    r"|provide|reimburse|applies|apply|accrues?|includes?)\b)"
)


def condition_moved(text: str, random: Random, others: Sequence[str]) -> str | None:
    """The condition of another sentence of the document made this one's condition."""
    if (
        _HAS_CONDITION.search(text)
        or _DENIES.search(text)
        or not _GRANTS.match(text)
        or len(text.split()) > 25
        or "," in text
    ):
        return None
    words = content_words(text)
    clauses = [
        clause
        for sentence in others
        if (clause := real_condition(sentence)) is not None and words & content_words(clause)
    ]
    if not clauses or not states(text):
        return None
    joint = random.choice((" only if ", " provided that ", ", but only if ", " as long as ", " only when "))
    return f"{text[:-1]}{joint}{random.choice(clauses)}."


_EXCEPTIONS = (
    (
        re.compile(
            r",? (?:except(?: for| in| when| where| that| if)?|with the exception of|excluding|other than"
            r"|apart from|aside from) [^,.;()]+(?=[.;,)])"
        ),
        "",
    ),
    (re.compile(r",? unless [^,.;()]+(?=\.$)"), ""),
    (re.compile(r"^Unless (?!otherwise)[^,.;()]+, (?=\w)"), ""),
    (
        re.compile(
            r"^(?:Except for|With the exception of|Excluding|Other than|Apart from|Aside from) [^,.;()]+, "
        ),
        "",
    ),
    (
        re.compile(
            r"\b(?:except for|with the exception of|excluding|other than|except)(?= (?:the|any|a|those"
            r"|all|your|our|\w+s)\b)"
        ),
        "including",
    ),
)


def exception_dropped(text: str, random: Random, others: Sequence[str]) -> str | None:
    """The exception left out, or counted in ("except" as "including")."""
    found = [
        text[: match.start()] + new + text[match.end() :]
        for pattern, new in _EXCEPTIONS
        for match in pattern.finditer(text)
    ]
    found = [capital(each) for each in found if len(each.split()) >= 5]
    return random.choice(found) if found else None


_SCOPES = swap_table("scopes")


def scope_widened(text: str, random: Random, others: Sequence[str]) -> str | None:
    """ "some" as "all", "eligible purchases" as "all purchases"."""
    if re.search(r"\b(?:may|might|could)\b", text):
        return None  # "all transactions may need ..." is not refuted by "some may"
    return swapped(text, _SCOPES, random)


_ONLIES = swap_table("onlies")


def only_dropped(text: str, random: Random, others: Sequence[str]) -> str | None:
    """What holds of one thing only said to hold of it too; the bare sentence without "only" would still be true."""
    return swapped(text, _ONLIES, random)


_OPPOSITES = words_both_ways(
    "increase/decrease, increases/decreases, increased/decreased, higher/lower, highest/lowest,"
    " accepted/rejected,"
    "valid/invalid, eligible/ineligible, refundable/non-refundable, enabled/disabled, internal/external, "
    "always/never, temporary/permanent, temporarily/permanently, automatically/manually,"
    " automatic/manual, incoming/outgoing,"
    "inside/outside, domestic/foreign, longest/shortest, earliest/latest, part-time/full-time,"
    " encrypted/unencrypted,"
    "succeeds/fails, larger/smaller, upgrade/downgrade, positive/negative, secured/unsecured,"
    " reversible/irreversible,"
    "deposits/withdrawals, checking account/savings account, credit card/debit card, personal"
    " account/business account,"
    "synchronous/asynchronous, synchronously/asynchronously, major/minor, earlier/later, inbound/outbound,"
    "taxable/tax-free, visible/hidden, individually/jointly, before tax/after tax,"
    " exempt/non-exempt, opt in/opt out"
)
_ONE_WAY = swap_table("one_way")


def opposite_word(text: str, random: Random, others: Sequence[str]) -> str | None:
    if re.search(r"\b(?:more|less|later|longer|shorter|higher|lower) than\b|\bmore or less\b", text):
        return swapped(text, _ONE_WAY, random)
    return swapped(text, (*_OPPOSITES, *_ONE_WAY), random)


_TAIL = re.compile(
    r" (?P<tail>within (?:\d+|one|two|three|five|ten)[ -][\w -]*?(?:days?|hours?|weeks?|months?|minutes?)"
    r"|at no (?:additional |extra )?cost|free of charge"
    r"|by (?:email|phone|mail|check|wire transfer)|through the mobile app|via (?:email|Slack|chat|phone)"
    r"|in writing|once (?:a|per) (?:year|month|quarter|week|day)"
    r"|on (?:business|working) days|during business hours"
    r"|at any time|in person|with manager approval|during business hours"
    r"|for (?:up to )?\d+ (?:days|months|years|weeks)|on a monthly basis|twice (?:a|per) (?:year"
    r"|month))(?=[.,;])",
)


def detail_added(text: str, random: Random, others: Sequence[str]) -> str | None:
    """How, when or how often, taken from another sentence, where this one says nothing of it."""
    if not _PLAIN_ACT.match(text) or _TAIL.search(text) or values_in(text) or _SAYS_MORE.search(text):
        return None
    tails = [tail for sentence in others for tail in _tails(sentence)]
    if not tails or len(text.split()) > 18:
        return None
    return f"{text[:-1]} {random.choice(tails)}."


@lru_cache(maxsize=20_000)
def _tails(sentence: str) -> tuple[str, ...]:
    return tuple(match["tail"] for match in _TAIL.finditer(sentence))


_PLAIN_ACT = re.compile(
    r"(?:You|We|The|Your|Our|All|Customers|Employees|Teammates|An?|Each) [^,;]*\b(?:(?:will|can|may|must"
    r"|should|cannot) (?:be )?|(?:is|are) )(?:receive|sent?|submit|submitted|request|contact|pay|paid"
    r"|issued?"
    r"|provided?|cancel|canceled|review|reviewed|transfer|access|report|updated?|approved?|notify"
    r"|notified|reimbursed?|refunded|replaced?|apply|credited|posted|charged|redeem|change|changed"
    r"|assigned|delivered|shipped)\b"
)
_SAYS_MORE = re.compile(
    r"[,;()]|\b(?:if|when|within|every|until|or|after|before|per|each|monthly|daily|weekly|which|who|that"
    r"|because|since|while|how|what|by|via)\b"
)

MAKERS: dict[str, Maker] = {
    "number": number,
    "number_from_document": number_from_document,
    "unit": unit,
    "date": date,
    "negation": negation,
    "modality": modality,
    "before_after": before_after,
    "bound": bound,
    "condition_dropped": condition_dropped,
    "condition_reversed": condition_reversed,
    "condition_moved": condition_moved,
    "exception_dropped": exception_dropped,
    "scope_widened": scope_widened,
    "only_dropped": only_dropped,
    "actor_swapped": actor_swapped,
    "opposite_word": opposite_word,
    "word_swapped": word_swapped,
    "word_swapped_from_document": word_swapped_from_document,
    "detail_added": detail_added,
}
UNSUPPORTED_KINDS = frozenset(
    {"condition_moved", "detail_added", "word_swapped", "word_swapped_from_document"}
)


def false_edits(sentence: str, random: Random, others: Sequence[str]) -> list[EditedSentence]:
    """One false sentence of each kind that ``sentence`` allows; ``others`` are the document's other sentences."""
    made = []
    for kind, make in MAKERS.items():
        text = make(sentence, random, others)
        text = capital(text) if text and sentence[0].isupper() else text
        if text is not None and text != sentence and text not in others:
            label: Label = "unsupported" if kind in UNSUPPORTED_KINDS else "contradicted"
            made.append(EditedSentence(text, label, kind, sentence))
    return made
