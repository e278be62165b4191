"""Whether a sentence asserts anything, or only greets, thanks, feels with, asks or offers help.

A sentence is harmless only if it, or each of its clauses, is of a known harmless kind (small_talk.py) and states no
rule: what is not recognised is an assertion. "Sorry to hear that" is harmless, "Sorry, it can't be refunded" is not.
"""

from __future__ import annotations

import re

from proxy.grounding.claims.phrases import any_of, any_word, phrases
from proxy.grounding.claims.small_talk import (
    EMPATHY,
    EXCLAMATIONS,
    FEELING,
    INTRODUCTIONS,
    LEAD_CLAUSE,
    OFFERS,
    OPENER,
    REQUESTS,
    THANKS_AND_WISHES,
)
from proxy.grounding.values.finding import ValueKind, values_of

_RULE_VALUES = frozenset({ValueKind.MONEY, ValueKind.PERCENT, ValueKind.DURATION, ValueKind.MEASURE})
_HARMLESS = (THANKS_AND_WISHES, EMPATHY, EXCLAMATIONS, OFFERS)

_WHO = any_word(
    r"""you we they he she it this that these those customers? passengers? members? guests? travell?ers? everyone
    anyone nobody one tickets? fares? refunds?"""
)
_STILL = "(?:also |still |always |never |only |simply |just |normally |usually |fully |not |automatically |already )*"
_RULED = any_word(
    r"""covered included allowed permitted possible eligible refund\w* waived required prohibited free(?!\sto) due
    payable valid forfeited guaranteed excluded exempt liable too\slate too\searly entitled"""
)
_RULE_PHRASE = any_of(
    rf"""
    (?:{_WHO}|your \w+) {_STILL}(?:can|cannot|can't|may|must|mustn't|won't|needn't|have to|has to|qualify|qualifies)
    \w+s {_STILL}(?:may|must|cannot|qualify)
    (?:non-?)?refundable|reimburs\w+
    free of charge|for free
    (?:at )?no (?:extra |additional )?(?:fee|charge|cost)s?
    (?:is|are|was|were|be|been|isn't|aren't|wasn't|not) {_STILL}{_RULED}
    entitled to
    polic(?:y|ies) (?:is|are|says?|states?|allows?|requires?|does|do|means?)
    (?:doesn't|does not|don't|do not) (?:allow|cover|apply|offer|permit|include|expire)
    """
)
# Words that make a rule of a clause wherever they stand.
_RULE = re.compile(rf"\b{_RULE_PHRASE}\b|'(?:s|re) {_STILL}{_RULED}\b", re.IGNORECASE)
_EXCEPTION = phrases(r"\b(?:unless|except|even if|as long as|provided that|only (?:if|when)|regardless)\b")
# These ask for data or an answer, and give no permission.
_ASKED_FOR = phrases(
    r"""
    \b(?:if|whether|that|which|once|when) you(?:'d| would)? (?:can|may|have to)\b
    \b(?:you|we|I) can (?:proceed|confirm|provide|share|tell|choose from|pick from)\b
    \b(?:you|we|I) can do:
    """
)
_SURELY = phrases(
    rf"""
    \b(?:it|that|this|they) (?:must|can|may) (?:be|have been|feel|seem)\b[^,;.]{{0,40}}\b{FEELING}
    \bthat must have (?:upset|spoil(?:ed|t)|ruined|disrupted|been)\b
    \b{FEELING} (?:it|that|this) (?:must|can|may) (?:be|have been|feel|seem)\b
    """
)
_FEELS = re.compile(rf"\b{FEELING}\b", re.IGNORECASE)
_PLEASE = phrases(r"\b(?:please|kindly|could you|would you)\b")
_NAME = re.compile(r"[A-Z][a-z]+(?: [A-Z][a-z]+)?\W*\Z")

_SMUGGLING = phrases(
    r"""
    \b(?:did you know|do you know that|are you aware|have you heard|you're aware|wouldn't you agree|don't forget)\b
    \byou (?:do )?know (?:that )?you\b
    \b(?:why not|why don't you)\b
    \bisn't it (?:great|nice|good) that\b
    """
)
_AUXILIARY = any_word("is are was were do does did can could will would has have should")
_TAG = re.compile(
    r"[,;–—-]\s*(?:right|correct|ok|okay|yes|no"
    rf"|{_AUXILIARY}(?:n't)?(?: not)? (?:it|you|we|they|he|she|that|there|I))\s*\?\W*\Z",
    re.IGNORECASE,
)
_ASKING_WORD = any_word(
    """who what when where which why how whose is are was were am do does did have has had can could will would
    shall should may might any anything need want ready like isn't aren't don't doesn't didn't won't haven't
    hasn't can't couldn't wouldn't"""
)
_ASKING = re.compile(
    rf"(?:{_ASKING_WORD}|(?:with|for|in|on|to|at|by|from) (?:which|what|whom))\b", re.IGNORECASE
)
_OFFERING = phrases(
    r"""
    \bwould you (?:like|prefer)\b
    \b(?:shall|should) (?:I|we)\b
    \bdo you want\b
    \b(?:can I (?:offer|interest)|may I offer|how about)\b
    """
)
_REASON = phrases(
    r"\b(?:since|because|given that|now that|although|even though|as (?:you|we|it|your|they))\b"
)
_FURTHER = re.compile(
    r"(?:[;–—]|,? (?:but|because|since|although|though|so(?= (?:you|we|it|they|the|your))"
    r"|as (?=you|we|it|they|the|your))\b)\s*",
    re.IGNORECASE,
)
_NEW_SUBJECT = any_word(
    """I we you it the your that this they there there's it's that's please let all our no what everything my don't do
    I'm I'll I'd if sorry"""
)
_BREAK = any_of(
    rf"""
    [;:!?–—()]
    \.(?=\s)
    ,(?=\s)
    \s-\s
    \b(?:but|because)\b
    \bso (?=(?:you|we|it|I|that|please|they|the|your)\b)
    \band\b(?=\s+{_NEW_SUBJECT}\b)
    """
)
_CLAUSE_BREAK = re.compile(rf"\s*{_BREAK}\s*", re.IGNORECASE)
_VERB_WORD = any_word(
    """is are was were be been am has have had do does did can could will would may might must shall should gets? takes?
    appl(?:y|ies) includes? expires? means? goes comes? requires?"""
)
_VERB = re.compile(rf"\b{_VERB_WORD}\b|\w'(?:s|re|ve|ll|d|m)\b|n't\b", re.IGNORECASE)


def asserts(sentence: str) -> bool:
    """Whether a sentence (plain text, no Markdown) says something that could be true or false, and matters."""
    text = sentence.replace("’", "'").strip()
    if not any(character.isalnum() for character in text):
        return False
    if text.rstrip("\"')]* ").endswith("?"):
        return question_asserts(text)
    return states_rule(text) or not (announces(text) or _is_small_talk(text))


def states_rule(text: str) -> bool:
    """Whether the text carries a rule: an amount, a period, a permission, a ban, a condition."""
    asked = _SURELY.sub("", _ASKED_FOR.sub("", text))
    return bool(
        _RULE.search(asked)
        or _EXCEPTION.search(asked)
        or any(value.kind in _RULE_VALUES for value in values_of(text))
    )


def question_asserts(text: str) -> bool:
    """A question asserts where it smuggles something in: "Did you know that ...?", "..., right?", "You can ...?"."""
    if _SMUGGLING.search(text) or _TAG.search(text):
        return True
    if _OFFERING.search(text) or _REASON.search(text):
        return states_rule(text)
    if _ASKING.match(_opened(text)) or len(text.split()) <= 4:
        return False
    return states_rule(text) or not any(_ASKING.match(clause) for clause in _clauses(text)[-2:])


def introduces(text: str) -> bool:
    """Whether it only introduces what follows: a label with a colon, "Here are the details:"; no rule stands in it."""
    if states_rule(text):
        return False
    label = text.rstrip().endswith(":") and not has_verb(text)
    return label or any(
        INTRODUCTIONS.match(start) for start in (text, _without_lead(text), _after_small_talk(text))
    )


def has_verb(text: str) -> bool:
    return bool(_VERB.search(text))


def _clauses(text: str) -> list[str]:
    return [clause for clause in _CLAUSE_BREAK.split(text) if clause and any(map(str.isalnum, clause))]


def _is_small_talk(text: str) -> bool:
    """Whether every clause is harmless; after an apology or the like, also those that speak of nothing but feelings."""
    first, *others = _clauses(text)
    feels = EMPATHY.match(_opened(first)) is not None
    said = [clause for clause in others if not _NAME.match(clause)]  # "Thank you, Mia."
    return _is_harmless(first) and all(
        _is_harmless(clause) or (feels and _FEELS.search(clause)) for clause in said
    )


def _is_harmless(clause: str) -> bool:
    rest = _opened(clause)
    return not rest or any(pattern.match(start) for start in (clause, rest) for pattern in _HARMLESS)


def _opened(text: str) -> str:
    """The text after words that only open it ("Of course, ...")."""
    opening = OPENER.match(text)
    return text[opening.end() :] if opening else text


def _without_lead(text: str) -> str:
    """The text after what opens it and a first clause such as "To proceed" or "If so"."""
    rest = _opened(text)
    lead = LEAD_CLAUSE.match(rest)
    return _opened(rest[lead.end() :]) if lead else rest


def _after_small_talk(text: str) -> str:
    """The last clause of "I'm sorry about that, here is how it goes:", as far as what stands before it is harmless."""
    clauses = _clauses(text)
    last = clauses[-1] if clauses else ""
    before, colon = text.rstrip().removesuffix(":"), text.rstrip().endswith(":")
    harmless = len(clauses) > 1 and colon and before.endswith(last) and all(map(_is_harmless, clauses[:-1]))
    return _opened(last) + ":" if harmless else text


def announces(text: str) -> bool:
    """A request, offer or announcement, with what introduces it; a reason or an objection after it is read apart."""
    head, *further = _FURTHER.split(text)
    rest = _without_lead(head)
    asks = OFFERS.match(rest) or (_PLEASE.search(head) and REQUESTS.match(rest))
    return bool(asks) and all(_is_harmless(clause) for part in further for clause in _clauses(part))
