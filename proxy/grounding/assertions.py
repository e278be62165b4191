"""Whether a sentence asserts anything, or only greets, thanks, feels with, asks or offers help.

A sentence is harmless only if it, or each of its clauses, is of a known harmless kind (small_talk.py) and no rule stands
in it: what is not recognised is an assertion. "Sorry to hear that" is harmless, "Sorry, it can't be refunded" is not.
"""

from __future__ import annotations

import re

from proxy.grounding.small_talk import CLAUSES, FEELING, INTRODUCTIONS, LEAD_CLAUSE, OPENER, REQUESTS, SENTENCES
from proxy.grounding.values import ValueKind, values_of

_RULE_VALUES = frozenset({ValueKind.MONEY, ValueKind.PERCENT, ValueKind.DURATION, ValueKind.MEASURE})

_WHO = (
    r"(?:you|your \w+|we|they|he|she|it|this|that|these|those|customers?|passengers?|members?|guests?|travell?ers?|everyone|anyone"
    r"|nobody|one|tickets?|fares?|refunds?)"
)
# Words that make a rule of a clause wherever they stand.
_RULE = re.compile(
    rf"\b{_WHO} (?:also |still |always |never |only |simply |just |normally |usually )*(?:can|cannot|can't|may|must|mustn't|won't|needn't|have to|has to|qualify|qualifies)\b"
    r"|\b(?:non-?refundable|refundable|reimburs\w+|free of charge|at no (?:extra |additional )?(?:cost|charge)|for free|no (?:extra |additional )?(?:fee|charge|cost)s?\b"
    r"|(?:is|are|was|were|be|been|isn't|aren't|wasn't|not|'s|'re) (?:also |always |fully |not |only |automatically |still |already )*(?:covered|included|allowed|permitted|possible|eligible"
    r"|refund\w*|waived|required|prohibited|free\b(?! to)|due|payable|valid|forfeited|guaranteed|excluded|exempt|liable|too late|too early|entitled)"
    r"|entitled to|polic(?:y|ies) (?:is|are|says?|states?|allows?|requires?|does|do|means?)"
    r"|(?:doesn't|does not|don't|do not) (?:allow|cover|apply|offer|permit|include|expire))\b",
    re.IGNORECASE,
)
_REQUEST_FOR_DATA = re.compile(r"\b(?:if|whether|that|which|once|when) you(?:'d| would)? (?:can|may|have to)\b|\b(?:you|we|I) can (?:proceed|confirm|provide|share|tell)\b", re.IGNORECASE)  # fmt: skip
_SURELY = re.compile(
    rf"\b(?:it|that|this|they) (?:must|can|may) (?:be|have been|feel|seem)\b[^,;.]{{0,40}}\b{FEELING}"
    rf"|\b{FEELING} (?:it|that|this) (?:must|can|may) (?:be|have been|feel|seem)\b",
    re.IGNORECASE,
)
_PLEASE = re.compile(r"\b(?:please|kindly|could you|would you)\b", re.IGNORECASE)
_NAME = re.compile(r"[A-Z][a-z]+(?: [A-Z][a-z]+)?\W*\Z")
_EXCEPTION = re.compile(r"\b(?:unless|except|even if|as long as|provided that|only (?:if|when)|regardless)\b", re.IGNORECASE)  # fmt: skip
_FURTHER = re.compile(
    r"(?:[;–—]|,? (?:but|because|since|although|though|so(?= (?:you|we|it|they|the|your))|as (?=you|we|it|they|the|your))\b)\s*", re.IGNORECASE
)  # fmt: skip

_SMUGGLING = re.compile(
    r"\b(?:did you know|do you know that|are you aware|you (?:do )?know (?:that )?you|have you heard|you're aware|why not|why don't you"
    r"|isn't it (?:great|nice|good) that|wouldn't you agree|don't forget)\b",
    re.IGNORECASE,
)
_TAG = re.compile(
    r"[,;–—-]\s*(?:right|correct|ok|okay|yes|no|(?:is|are|was|were|do|does|did|can|could|will|would|has|have|should)(?:n't)?(?: not)?"
    r" (?:it|you|we|they|he|she|that|there|I))\s*\?\W*\Z",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"(?:who|what|when|where|which|why|how|whose|is|are|was|were|am|do|does|did|have|has|had|can|could|will|would|shall|should|may"
    r"|might|any|anything|need|want|ready|like|(?:with|for|in|on|to|at|by|from) (?:which|what|whom)|isn't|aren't|don't|doesn't"
    r"|didn't|won't|haven't|hasn't|can't|couldn't|wouldn't)\b",
    re.IGNORECASE,
)
_OFFERING = re.compile(
    r"\b(?:would you (?:like|prefer)|shall (?:I|we)|should (?:I|we)|do you want|can I (?:offer|interest)|may I offer|how about)\b",
    re.IGNORECASE,
)
_REASON = re.compile(r"\b(?:since|because|given that|now that|although|even though|as (?:you|we|it|your|they))\b", re.IGNORECASE)  # fmt: skip
_CLAUSE_BREAK = re.compile(
    r"\s*(?:[;:!?–—()]|\.(?=\s)|,(?=\s)|\s-\s|\b(?:but|because)\b|\bso (?=(?:you|we|it|I|that|please|they|the|your)\b)"
    r"|\band\b(?=\s+(?:I|we|you|it|the|your|that|this|they|there|there's|it's|that's|please|let|all|our|no|what|everything|my|don't|do|I'm|I'll|I'd"
    r"|if|sorry)\b))\s*",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|been|am|has|have|had|do|does|did|can|could|will|would|may|might|must|shall|should|need|needs|get|gets|cost|costs|take|takes"
    r"|apply|applies|include|includes|cover|covers|expire|expires|mean|means|work|works|go|goes|come|comes|pay|pays|refund|refunds|require|requires)\b"
    r"|\w'(?:s|re|ve|ll|d|m)\b|n't\b",
    re.IGNORECASE,
)


def asserts(sentence: str) -> bool:
    """Whether a sentence (plain text, no Markdown) says something that could be true or false, and matters."""
    text = sentence.replace("’", "'").strip()
    if not any(character.isalnum() for character in text):
        return False
    if text.rstrip("\"')]* ").endswith("?"):
        return question_asserts(text)
    return states_rule(text) or not (_is_harmless_as_a_whole(text) or _is_small_talk(text))


def states_rule(text: str) -> bool:
    """Whether the text carries a rule: an amount, a period, a permission, a ban, a condition."""
    asked = _SURELY.sub("", _REQUEST_FOR_DATA.sub("", text))
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
    rest = _without_lead(text)
    return label or any(pattern.match(start) for start in (text, rest) for pattern in INTRODUCTIONS)


def has_verb(text: str) -> bool:
    return bool(_VERB.search(text))


def _clauses(text: str) -> list[str]:
    return [clause for clause in _CLAUSE_BREAK.split(text) if clause and any(map(str.isalnum, clause))]


def _is_small_talk(text: str) -> bool:
    clauses = _clauses(text)
    said = [clause for clause in clauses[1:] if not _NAME.match(clause)]  # "Thank you, Mia."
    return all(map(_is_harmless, clauses[:1] + said))


def _is_harmless(clause: str) -> bool:
    rest = _opened(clause)
    return not rest or any(pattern.match(start) for start in (clause, rest) for pattern in (*CLAUSES, *SENTENCES))


def _opened(text: str) -> str:
    """The text after words that only open it ("Of course, ...")."""
    opening = OPENER.match(text)
    return text[opening.end() :] if opening else text


def _without_lead(text: str) -> str:
    """The text after what opens it and a first clause such as "To proceed" or "If so"."""
    rest = _opened(text)
    lead = LEAD_CLAUSE.match(rest)
    return _opened(rest[lead.end() :]) if lead else rest


def _is_harmless_as_a_whole(text: str) -> bool:
    """A request, offer or announcement, with what introduces it; a reason or an objection after it is read apart."""
    head, *further = _FURTHER.split(text)
    rest = _without_lead(head)
    patterns = (*REQUESTS, *SENTENCES) if _PLEASE.search(head) else SENTENCES
    return any(pattern.match(rest) for pattern in patterns) and all(
        _is_harmless(clause) for part in further for clause in _clauses(part)
    )
