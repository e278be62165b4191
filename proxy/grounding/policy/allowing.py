"""Permission and denial of the same thing in other words: "fine as proof" against "is not accepted".

The words that allow or deny are taken out of both sides; what remains is the object. Where the objects are the same
(headings stand in for "them" and "it") and only one side denies, the two contradict.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from proxy.grounding.policy.alignment import Aligned, Weights, heads_of
from proxy.grounding.policy.clauses import Role, clauses_of
from proxy.grounding.policy.concepts import concepts_of
from proxy.grounding.policy.polarity import opposites_between
from proxy.grounding.text.words import READINGS_KEPT
from proxy.grounding.values.comparing import same_number
from proxy.grounding.values.finding import Value, values_of

LINES_READ = 24
_FEWEST_TERMS = 2  # of an object that can be told from another
_EXCEPTED_SHARE = 0.5  # a rule for "all" is refuted by an exception that fits less well than the rule
_OPENING = re.compile(r"\A\s*(?:yes|no|sure|unfortunately|of course|good news)\b[\s,.:;!–—-]*", re.IGNORECASE)
_JOINED = re.compile(r"\b(?:and|or)\b|,\s", re.IGNORECASE)
_CONTRACTED = re.compile(r"['’](?:ll|re|ve|d|m|s)\b", re.IGNORECASE)
_UNLIMITED = re.compile(
    r"\b(?:all|every|any|always|anyone|everyone|everybody|anytime|whatever|whenever|wherever|all\syear|year-round|including|included"
    r"|regardless|no\smatter|without\sexception)\b",
    re.IGNORECASE,
)
_UNTIL = re.compile(r"\b(?:until|till|up\sto|no\slater|within)\b", re.IGNORECASE)

# What says that something may be done, is valid or will be done, whatever it is.
_ALLOWING = frozenset(
    concepts_of(
        """allow allowed permit permitted accept accepted acceptable fine okay ok possible welcome enough sufficient
        suffice works happy able entitled eligible valid problem sure gladly good available apply applies applicable
        qualify offer take taken need require use used want like still also count counts"""
    )
)
_DENYING = re.compile(
    r"\b(?:not|no|never|none|nothing|nobody|neither|nor|cannot|without|unable|refuse[sd]?|excludes?|excluded|excluding|denied|declined?"
    r"|rejected|forbidden|prohibited|prohibits?|ineligible|unavailable|invalid|impossible|void|banned|barred|non-?\w{4,}"
    r"|too\slate|ruled\sout)\b|n['’]t\b",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"\b(?:no|not|never|cannot|can't|n't)\s(?:be\s|\w{0,6}\s)?(?:more|less|later|earlier|longer|fewer|older|younger|greater|larger"
    r"|higher|lower|heavier|sooner|bigger|smaller)\b(?:\sthan)?|\bnot\sonly\b|\bno\s(?:problem|worries|matter|doubt|extra|additional)\b"
    r"|\b(?:no|without)\s(?:a\s|any\s|an?\s)?(?:\w{1,14}\s)?(?:fees?|charges?|costs?|penalty|interest|reason)\b|\bwhether\sor\snot\b|\bor\snot\b"
    r"|\bdon't\sworry\b|\b(?:do|does|need|must|may|should)(?:\snot|n't)\s(?:need|have\sto|exceed|forget|hesitate)\b|\bneed(?:n't|\snot)\b"
    r"|\[[^\]]{0,40}\]|\([^)]{0,80}\)|\b(?:who|that|which)\s(?:\w{1,12}\s){0,2}?(?:not|never|n't)\b|(?<!is)(?<!are)(?<!be)(?<!was)(?<!were)(?<!been)\snot\s\w{3,12}ed\b|\b(?:no|not\san?)\sobstacle\b|\bno\s[\w\s]{1,40}\s(?:is|are)\s(?:wanted|needed|required|necessary)\b|\bnot\s(?:required|necessary|needed)\b|\bno\sneed\b|\bno-show\b",
    re.IGNORECASE,
)
_EXCEPTED = re.compile(
    r"\b(?:except|unless|excluding|other\sthan|apart\sfrom|but\snot|only|not|no|never|cannot|without|must|required|however|until|instead"
    r"|neither|nor|limited|once|subject\sto|n['’]t)\b|n['’]t\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Opposed:
    """A line that denies what the claim allows (``by_policy``) or allows what it denies; ``strength`` is 0..1."""

    line: Aligned
    by_policy: bool
    strength: float


@lru_cache(maxsize=READINGS_KEPT)
def is_denial(text: str) -> bool:
    """Whether a clause denies: an odd number of negations in one of its parts, bounds and "no fee" aside."""
    return any(len(_DENYING.findall(part)) % 2 == 1 for part in _JOINED.split(_HARMLESS.sub(" ", text)))


@lru_cache(maxsize=READINGS_KEPT)
def object_of(text: str) -> frozenset[str]:
    """The content terms of a clause without the words that only allow or deny."""
    return frozenset(concepts_of(_CONTRACTED.sub("", text))) - _ALLOWING - _denied_words()


@lru_cache(maxsize=1)
def _denied_words() -> frozenset[str]:
    return frozenset(
        concepts_of(
            """refuse refused exclude excluded deny denied decline declined reject rejected forbidden prohibited
            ineligible unavailable invalid impossible void banned barred unable"""
        )
    )


def opposed(
    claim: str, question: str | None, aligned: Sequence[Aligned], weights: Weights
) -> tuple[Opposed, ...]:
    """The lines that stand to the claim's object the other way round, the strongest first.

    What another clause says of the same object in the claim's own sense counts against it: a rule and its exception
    share their words, and the one that fits the claim better decides.
    """
    side = _side(claim, question)
    if len(side.whole) < _FEWEST_TERMS:
        return ()
    readings = [(each, *_stances(side, each, weights)) for each in aligned[:LINES_READ]]
    found = []
    for each, _, against in readings:
        agreeing = _agreeing(each, readings) * (_EXCEPTED_SHARE if side.unlimited else 1.0)
        if against > agreeing:
            found.append(Opposed(each, not side.denies, against - agreeing))
    return tuple(sorted(found, key=lambda one: -one.strength))


def _agreeing(line: Aligned, readings: Sequence[tuple[Aligned, float, float]]) -> float:
    """How well the claim's own sense is said by lines that are at least as binding as this one."""
    binding = line.line.hit.passage.document.authority
    return max(
        (same for each, same, _ in readings if each.line.hit.passage.document.authority >= binding),
        default=0.0,
    )


@dataclass(frozen=True, slots=True)
class _Side:
    text: str
    denies: bool
    unlimited: bool
    whole: frozenset[str]
    given: frozenset[str]
    values: tuple[Value, ...]


def _side(claim: str, question: str | None) -> _Side:
    text = _OPENING.sub("", claim)
    clauses = [clause for clause in clauses_of(text) if clause.role is not Role.EXCEPTION]
    whole = object_of(text)
    given = whole | frozenset(concepts_of(question or ""))
    denies = any(is_denial(clause.text) for clause in clauses)
    return _Side(text, denies, _UNLIMITED.search(text) is not None, whole, given, values_of(text))


def _stances(side: _Side, each: Aligned, weights: Weights) -> tuple[float, float]:
    """How well a clause of the line fits the claim's object in the claim's sense, and in the opposite sense."""
    line = each.line.text
    heads = heads_of(each.line.hit)
    fits = {False: 0.0, True: 0.0}
    for part, role in _parts(line):
        theirs = object_of(part)
        if role in (Role.EXCEPTION, Role.REASON) or not theirs & (side.whole | heads):
            continue
        said = weights.share(side.given | heads, theirs)
        covered = weights.share(theirs | heads, side.whole)
        denied = is_denial(part)
        shared = theirs & side.whole
        if len(shared) >= _FEWEST_TERMS or (shared and theirs <= side.given | heads):
            fits[denied] = max(fits[denied], math.sqrt(said * covered))
    against = fits[not side.denies]
    if against and _other_case(side, line, heads):
        against = 0.0
    return fits[side.denies], against


@lru_cache(maxsize=READINGS_KEPT)
def _parts(line: str) -> tuple[tuple[str, Role], ...]:
    """The clauses of a line, a list of denials ("cannot be extended and cannot be sold") cut into its members."""
    found = []
    for clause in clauses_of(line):
        parts = _JOINED.split(clause.text) if is_denial(clause.text) else [clause.text]
        each_denies = len(parts) > 1 and all(is_denial(part) for part in parts)
        found += [(part, clause.role) for part in (parts if each_denies else [clause.text])]
    return tuple(found)


def _other_case(side: _Side, line: str, heads: frozenset[str]) -> bool:
    """Whether the claim speaks of a value that the line has not, or of the time on the other side of an event."""
    theirs = values_of(line)
    limited = bool(_UNTIL.search(side.text)) != bool(_UNTIL.search(line))
    apart = any(not any(same_number(value, other) for other in theirs) for value in side.values)
    if theirs and (limited or apart):
        return True
    turned = [mine for mine, _ in opposites_between(side.text, line) if not heads & set(concepts_of(mine))]
    return bool(turned)


def restrictions_near(
    claim: str, question: str | None, aligned: Sequence[Aligned], weights: Weights
) -> float:
    """How far a line other than the best one restricts what the claim speaks of, 0..1; 0 where the claim does too."""
    if _EXCEPTED.search(claim):
        return 0.0
    whole = object_of(claim) | frozenset(concepts_of(question or ""))
    mine = object_of(claim)
    best = 0.0
    for each in aligned[1:LINES_READ]:
        if not _EXCEPTED.search(each.line.text):
            continue
        theirs = object_of(each.line.text)
        if len(theirs & mine) >= 1 and theirs:
            heads = heads_of(each.line.hit)
            best = max(best, min(weights.share(whole, theirs), weights.share(theirs | heads, mine)))
    return best
