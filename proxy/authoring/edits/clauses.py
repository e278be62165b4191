"""Finds a sentence's condition or exception, drops it, moves it, or takes one from another sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from proxy.authoring.edits.wording import capital, is_verb, lower_start

_OPENERS = r"If|When|Once|Unless|After|Before|Until|Where|Provided that|As long as|Whenever"
_FIRST = re.compile(rf"(?P<word>{_OPENERS}) (?P<clause>[^,;()]+), (?:then )?(?P<main>[^;]+?)\.")
_LAST = re.compile(
    r"(?P<main>[^,;()]+?),? (?P<word>if|when|once|unless|until|provided that|as long as"
    r"|whenever) (?P<clause>[^,;()]+)\."
)
# "Check if", "ask when", "even if": what follows is no condition of the statement.
_NO_CONDITION_AFTER = re.compile(
    r"(?:\b(?:only|even|as|see|check|ask|asks|know|determine|confirm|verify|sure|decide|wonder|whether"
    r"|and|or|but|like|unsure"
    r"|understand|about|of|on|by|to|from|clear|discuss|indicate|evaluate|especially|particularly"
    r"|including|except|is|are|was"
    r"|case|tell|explain|specify|identify|choose|state|not|just|ensure|review|consider|assess|learn|date"
    r"|time|day|point|moment"
    r"|track|flag|note|shows?|means?|unclear|until|regardless|even|wait|that|with)|,)$",
    re.IGNORECASE,
)
# Offers and politeness: leaving these conditions out makes nothing false.
_NO_REAL_CONDITION = re.compile(
    r"\b(?:questions?|wants?|wish\w*|would like|interested|unsure|help|prefer\w*|possible|necessary"
    r"|applicable|decides?|plan to"
    r"|planning|choose|chooses|concerns?|feel|looking|think|any doubt|in doubt|like to|intend|ready"
    r"|appropriate|desired|need"
    r"|needs|needed|relevant|prompted|you'd like|have ideas|notice|see|find|know|trying|considering"
    r"|issues?|problems?|curious|so|exception)\b",
    re.IGNORECASE,
)
_FIRM = re.compile(
    r"\b(?:is|are|will|can|cannot|must|has|have|does|do|need|needs|receives?|pays?|earns?|becomes?"
    r"|covers?)\b|n't\b|'ll\b"
)
# "When needed", "once approved": no subject to make a sentence of.
_NO_CLAUSE = re.compile(
    r"(?:to|not|possible|needed|necessary|applicable|appropriate|required|prompted|\w+ing|\w+ed)(?: |$)"
)
_REFERS_BACK = re.compile(
    r"\b(?:it|its|they|them|their|this|that|these|those|then|otherwise|he|she|so|such|one|the same"
    r"|instead|both|either)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Condition:
    """``main`` holds where ``clause`` does; ``word`` joins them ("if"); ``leads`` when the clause came first."""

    word: str
    clause: str
    main: str
    leads: bool


@lru_cache(maxsize=20_000)
def condition_of(sentence: str) -> Condition | None:
    match = _FIRST.fullmatch(sentence)
    if match is not None and not _is_list(match["main"]) and _opens_main_clause(match["main"]):
        return Condition(match["word"].lower(), match["clause"], match["main"], True)
    match = _LAST.fullmatch(sentence)
    if match is None or _NO_CONDITION_AFTER.search(match["main"]) or re.match(_OPENERS, match["main"]):
        return None
    if _NO_CLAUSE.match(match["clause"]):
        return None
    if match["word"] == "once" and re.match(r"(?:per|an?|each|every|in|more|again)\b", match["clause"]):
        return None
    if re.search(r"\b(?:if|when|unless|once)\b", match["main"] + " " + match["clause"]):
        return None
    return Condition(match["word"], match["clause"], match["main"], False)


def reordered(sentence: str) -> str | None:
    """The same statement with its condition at the other end; None where a pronoun might then refer to nothing."""
    found = condition_of(sentence)
    if found is None or re.search(r"[,;]", found.main):
        return None
    if found.leads:
        if _REFERS_BACK.search(found.main) or re.match(r"(?:please|do) ", found.main):
            return None
        return f"{capital(found.main)} {found.word} {found.clause}."
    if _REFERS_BACK.search(found.clause) or " and " in found.main or found.word == "until":
        return None
    return f"{capital(found.word)} {found.clause}, {lower_start(found.main)}."


def without_condition(sentence: str) -> str | None:
    """The statement as if it held always."""
    found = condition_of(sentence)
    if found is None or found.word not in ("if", "provided that", "as long as", "where"):
        return None
    if _NO_REAL_CONDITION.search(found.clause) or _REFERS_BACK.search(found.main):
        return None
    if not states(found.main) or not _FIRM.search(found.main) or len(found.main.split()) < 5:
        return None
    if re.search(
        r"\b(?:may|might|could|should|please|contact|you agree|we recommend|yes|only|important|helpful"
        r"|can help)\b",
        found.main,
    ):
        return None
    return f"{capital(found.main)}."


def reversed_condition(sentence: str) -> str | None:
    """ "If" for "unless" and the other way round."""
    found = condition_of(sentence)
    if found is None or found.word not in ("if", "unless", "as long as", "provided that"):
        return None
    if _NO_REAL_CONDITION.search(found.clause) or re.search(r"\b(?:any|not|no|already|n't)\b", found.clause):
        return None
    word = "if" if found.word == "unless" else "unless"
    if found.leads:
        return f"{capital(word)} {found.clause}, {found.main}."
    return f"{found.main} {word} {found.clause}."


@lru_cache(maxsize=20_000)
def real_condition(sentence: str) -> str | None:
    """The clause of a condition that can be made another statement's condition: it names its subject itself."""
    found = condition_of(sentence)
    if found is None or found.word not in ("if", "provided that", "as long as", "once", "when"):
        return None
    if _NO_REAL_CONDITION.search(found.clause) or _REFERS_BACK.search(found.clause):
        return None
    starts = re.match(
        r"(?:you|your|the|a|an|all|we|our|customers?|employees?|\w+s) ", found.clause, re.IGNORECASE
    )
    return found.clause if starts and len(found.clause.split()) <= 14 else None


def states(clause: str) -> bool:
    """Whether a clause has a subject and says something of it; an order ("Contact support") does not."""
    first = clause.split()[0].lower()
    return first in _SUBJECTS or (clause[0].isupper() is False and not is_verb(first)) or not is_verb(first)


_SUBJECTS = frozenset("you we the a an your our it they all any each every no only customers there".split())


def _is_list(main: str) -> bool:
    return main.count(",") > 1


def _opens_main_clause(main: str) -> bool:
    """Whether what follows the comma begins a clause, and is not the next item of a list."""
    first = main.split()[0].lower()
    return first not in ("or", "and", "which", "including", "such", "but", "not", "if", "when", "who", "that")
