"""Permission and denial of the same thing in other words: "fine as proof" against "is not accepted".

The words that allow or deny are taken out of both sides; what remains is the object. Where the objects are the same
(headings stand in for "them" and "it") and only one side denies, the two contradict. A denial is no word on its own
exception ("unless faulty"), nor on anything but what it denies: "does not expire" takes nothing away.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from proxy.grounding.policy.alignment import Aligned, Weights, heads_of
from proxy.grounding.policy.clauses import Clause, Role, clauses_of
from proxy.grounding.policy.concepts import concepts_of
from proxy.grounding.policy.exceptions import speaks_of_exception
from proxy.grounding.policy.polarity import (
    asserted,
    denied_concepts,
    opposites_between,
    stance_of,
    without_harmless,
)
from proxy.grounding.text.words import READINGS_KEPT
from proxy.grounding.values.comparing import limits_differ, same_number
from proxy.grounding.values.finding import Value, values_of

LINES_READ = 24
_FEWEST_TERMS = 2  # of an object that can be told from another
_EXCEPTED_SHARE = 0.5  # a rule for "all" is refuted by an exception that fits less well than the rule
_OPENING = re.compile(
    r"\A\s*(?:(?:yes|no|sure)(?=\s?[,.:;!–—-])|unfortunately|of course|good news)\b[\s,.:;!–—-]*",
    re.IGNORECASE,
)
_JOINED = re.compile(r"\b(?:and|or)\b|,\s", re.IGNORECASE)
_CONTRACTED = re.compile(r"['’](?:ll|re|ve|d|m|s)\b", re.IGNORECASE)
_UNLIMITED = re.compile(
    r"\b(?:all|every|any|always|anyone|everyone|everybody|anytime|whatever|whenever|wherever|all\syear|year-round|including|included"
    r"|regardless|no\smatter|without\sexception)\b",
    re.IGNORECASE,
)
_UNTIL = re.compile(r"\b(?:until|till|up\sto|no\slater|within)\b", re.IGNORECASE)

# What takes something away or is paid: where it is denied, nothing is.
_COST = frozenset(concepts_of("charge"))
_TAKING = _COST | frozenset(
    concepts_of(
        """expire lapse end stop prevent hinder affect limit restrict reduce lose forfeit interrupt delay penalty"""
    )
)
# What says that something may be done, is valid or will be done, whatever it is.
ALLOWING = frozenset(
    concepts_of(
        """allow allowed permit permitted accept accepted acceptable fine okay ok possible welcome enough sufficient
        suffice works happy able entitled eligible valid problem sure gladly good available apply applies applicable
        qualify offer take taken need require obliged mandatory obligatory compulsory optional use used want like still
        also count counts"""
    )
)
_DENYING = re.compile(
    r"\b(?:not|no|never|none|nothing|nobody|neither|nor|cannot|without|unable|refus(?:e[sd]?|ing)|excludes?|excluded|excluding|denied|declined?"
    r"|rejected|forbidden|prohibited|prohibits?|ineligible|unavailable|invalid|impossible|void|banned|barred|non-?\w{4,}"
    r"|too\slate|ruled\sout|off\slimits|closed\s(?:to|for))\b|n['’]t\b",
    re.IGNORECASE,
)
# Phrases with a negative word that deny nothing, besides those that no clause is denied by (``without_harmless``).
_HARMLESS = re.compile(
    r"\b(?:no|not|never|cannot|can't)\s(?:be\s|\w{0,6}\s)?(?:more|less|later|earlier|fewer|older|younger|greater|larger"
    r"|higher|lower|heavier|sooner|bigger|smaller)\b|\bno\s(?:extra|additional|obstacle)\b|\bnot\san?\sobstacle\b"
    r"|\b(?:no|without)\s(?:a\s|any\s|an?\s)?(?:\w{1,14}\s)?(?:fees?|charges?|costs?|penalty|interest|reason)\b"
    r"|\b(?:do|does)(?:\snot|n't)\sforget\b|\([^)]{0,80}\)|\b(?:who|which|(?<=\w\s)that)\s(?:\w{1,6}n['’]t|(?:(?:is|are|was|were|do|does|did"
    r"|ha[sd]|have|can|could|may|must|will|would|should)\s)?(?:\w{1,12}\s)?(?:not|never))\b"
    r"|(?<!is)(?<!are)(?<!be)(?<!was)(?<!were)(?<!been)\snot\s\w{3,12}ed\b|\bno\s[\w\s]{1,40}\s(?:is|are)\swanted\b",
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
    plain = _HARMLESS.sub(" ", without_harmless(text))
    return any(len(_DENYING.findall(part)) % 2 == 1 for part in _JOINED.split(plain))


@lru_cache(maxsize=READINGS_KEPT)
def object_of(text: str) -> frozenset[str]:
    """The content terms of a clause without the words that only allow or deny."""
    return frozenset(concepts_of(_CONTRACTED.sub("", text))) - ALLOWING - _denied_words()


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
    readings = [_stances(side, each, weights) for each in aligned[:LINES_READ]]
    found = []
    for one in readings:
        agreeing = _agreeing(one.line, readings) * (_EXCEPTED_SHARE if side.unlimited else 1.0)
        if one.against > agreeing:
            found.append(Opposed(one.line, not side.denies, one.against - agreeing))
    return tuple(sorted(found, key=lambda one: -one.strength))


@dataclass(frozen=True, slots=True)
class _Stances:
    """How well a line fits the claim's object in the claim's own sense, and in the opposite sense."""

    line: Aligned
    same: float
    against: float


def _agreeing(line: Aligned, readings: Sequence[_Stances]) -> float:
    """How well the claim's own sense is said by lines that are at least as binding as this one."""
    binding = line.line.hit.passage.document.authority
    return max(
        (one.same for one in readings if one.line.line.hit.passage.document.authority >= binding),
        default=0.0,
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """What is said of an object (``terms``), and of which terms it is denied where it ``denies``."""

    terms: frozenset[str]
    denies: bool
    denied: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Side:
    text: str
    denies: bool
    denied: frozenset[str]
    unlimited: bool
    whole: frozenset[str]
    affirmed: frozenset[str]
    given: frozenset[str]
    values: tuple[Value, ...]


def _side(claim: str, question: str | None) -> _Side:
    text = _OPENING.sub("", claim)
    denying = [
        clause for clause in clauses_of(text) if clause.role is not Role.EXCEPTION and is_denial(clause.text)
    ]
    whole = object_of(text)
    return _Side(
        text=text,
        denies=bool(denying),
        denied=frozenset().union(*(_said(clause.text).denied for clause in denying)),
        unlimited=_UNLIMITED.search(text) is not None,
        whole=whole,
        affirmed=frozenset(concepts_of(asserted(text))),
        given=whole | frozenset(concepts_of(question or "")),
        values=values_of(text),
    )


def _stances(side: _Side, each: Aligned, weights: Weights) -> _Stances:
    line = each.line.text
    heads = heads_of(each.line.hit)
    fits = {True: 0.0, False: 0.0}  # by whether the part says it in the claim's sense
    for part in _parts(line):
        if not part.terms & (side.whole | heads):
            continue
        shared = part.terms & side.whole
        if len(shared) >= _FEWEST_TERMS or (shared and part.terms <= side.given | heads):
            said = weights.share(side.given | heads, part.terms)
            covered = weights.share(part.terms | heads, side.whole)
            same = _denies(side, part) == _is_denied(part, side)
            fits[same] = max(fits[same], math.sqrt(said * covered))
    against = fits[False]
    if against and _other_case(side, line, heads, weights):
        against = 0.0
    return _Stances(each, fits[True], against)


def _is_denied(part: _Said, side: _Side) -> bool:
    """Whether the part takes from the claim's object, and not only denies that something is taken from it."""
    return part.denies and not (part.denied & _TAKING and not part.denied & side.affirmed)


def _denies(side: _Side, part: _Said) -> bool:
    """The same of the claim beside the part."""
    return side.denies and not (side.denied & _TAKING and not side.denied & part.terms)


@lru_cache(maxsize=READINGS_KEPT)
def _parts(text: str) -> tuple[_Said, ...]:
    """The statements of a text, a list of denials ("cannot be extended and cannot be sold") cut into its members."""
    found = []
    for clause in _statements(text):
        parts = _JOINED.split(clause.text) if is_denial(clause.text) else [clause.text]
        each_denies = len(parts) > 1 and all(is_denial(part) for part in parts)
        found += [_said(part) for part in (parts if each_denies else [clause.text])]
    return tuple(found)


def _statements(text: str) -> list[Clause]:
    """The clauses that allow or deny something: no opening "if nobody knows,", no "once it has been signed"."""
    clauses = [clause for clause in clauses_of(text) if clause.role in (Role.STATEMENT, Role.CONDITION)]
    stated = [
        clause for clause in clauses if clause.role is Role.STATEMENT or _is_more_than_a_case(clause, text)
    ]
    return stated if any(object_of(clause.text) for clause in stated) else clauses


def _is_more_than_a_case(condition: Clause, text: str) -> bool:
    """Whether the rest of its sentence may stand in it, as no comma closes it: "when it is late we do not pay"."""
    if text.startswith(condition.text):
        return not text.startswith(f"{condition.text},")
    return is_denial(condition.text)


def _said(text: str) -> _Said:
    """Where "not charged" stands, it is a charge that is denied, whatever else is."""
    return _Said(
        object_of(text),
        is_denial(text),
        denied_concepts(text) | (_COST if stance_of(text).free else frozenset()),
    )


def _other_case(side: _Side, line: str, heads: frozenset[str], weights: Weights) -> bool:
    """Whether the claim speaks of an exception, of a value that the line has not, or of the other side of an event."""
    theirs = values_of(line)
    limited = bool(_UNTIL.search(side.text)) != bool(_UNTIL.search(line))
    pairs = [[other for other in theirs if same_number(value, other)] for value in side.values]
    if theirs and (limited or not all(pairs)):
        return True
    if any(
        limits_differ(value, other)
        for value, twins in zip(side.values, pairs, strict=True)
        for other in twins
    ):
        return True
    turned = [mine for mine, _ in opposites_between(side.text, line) if not heads & set(concepts_of(mine))]
    if side.denies:
        return bool(turned) or speaks_of_exception(line, side.text, weights)
    return bool(turned) or speaks_of_exception(side.text, line, weights)


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
