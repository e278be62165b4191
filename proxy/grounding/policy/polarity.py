"""What a clause affirms or denies: negation, permission and obligation, order in time, and words with an opposite."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from proxy.grounding.policy.clauses import ONCE_DONE
from proxy.grounding.policy.concepts import concepts_of
from proxy.grounding.text.words import READINGS_KEPT, STOP_WORDS, stem, words_of


class Modality(StrEnum):
    NONE = "none"
    MUST = "must"
    MAY = "may"
    OPTIONAL = "optional"  # "need not", "not required"


class Order(StrEnum):
    NONE = "none"
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Stance:
    """``negated`` is the parity of all negations in the clause; bounds ("no later than") are none."""

    negated: bool
    modality: Modality
    order: Order
    free: bool
    only: bool
    universal: bool
    forbidden: bool  # "may not", "must not" and "cannot" alike


# Phrases with a negative word that deny nothing.
_HARMLESS = re.compile(
    r"\b(?:no|not|never|cannot|can't|n't|isn't|(?:must|may|can|should|does|do)(?:\snot|n't))\s(?:\w{1,12}\s)?"
    r"(?:more|less|later|earlier|longer|fewer|older|younger|greater|larger|higher|lower|heavier|sooner|bigger|smaller)\sthan"
    r"|\b(?:must|may|can|should|does|do)\s?(?:not|n't)\sexceed|\b(?:cannot|can't|mustn't|may\snot|never)\s(?:be\s)?exceed\w*|\[[^\]]{0,40}\]|\bno-(?:show|claims|fault|frills)s?\b|\bnot\sexceeding|\bno\s(?:problem|worries|doubt)\b"
    r"|\bnot\sonly\b|\bwhether\sor\snot\b|\bor\snot\b|\bno\smatter\b|\bdon't\sworry\b|\bdon't\shesitate\b|\bnot\sto\smention\b"
    r"|\bno\.\s\d|\bwhy\snot\b|\bnot\slater\b|\bafraid\b",
    re.IGNORECASE,
)
_FREE = re.compile(
    r"\b(?:free\sof\scharge|for\sfree|complimentary|at\sno\s(?:extra\s|additional\s)?(?:cost|charge)"
    r"|(?:no|any)\s(?:extra\s|additional\s|further\s)?(?:fees?|charges?|costs?)\b|without\s(?:a\s|any\s|an?\sextra\s)?(?:fee|charge|cost)s?"
    r"|(?:fee|charge)s?\s(?:is|are)\swaived|costs?\snothing|is\sfree\b|are\sfree\b|(?:not|never)\s(?:be\s)?charged?"
    r"|fee-free|free\b(?=\s(?:delivery|shipping|return|returns|bag|checked|change|cancellation|repair|wifi|wi-fi|parking|breakfast))"
    r"|nothing\sto\spay|(?:or|and|pay|pays)\snothing|nothing\s(?:on|if|for|extra)\b|without\s(?:paying|penalty))|n['’]t\s(?:be\s)?charged?",
    re.IGNORECASE,
)
_OPTIONAL = re.compile(
    r"\b(?:(?:do|does|did|will|would)\snot|(?:do|does|did|would|wo)n['’]t)\s(?:(?:need|require)\b|have\sto\b)|\bneed(?:\snot|n['’]t)\b"
    r"|(?:\bnot|n['’]t|\bnever)\s(?:be\s)?(?:required|necessary|needed|obliged|mandatory|obligatory|compulsory)\b"
    r"|\bno\s(?:[\w-]+\s){1,6}?(?:is|are)\s(?:required|necessary|needed)\b|\bno\s(?:need|obligation)\b|\boptional(?:ly)?\b"
    r"|\bwithout\s(?:having|needing)\b|\bnot\shave\sto\b",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nothing|nobody|nowhere|neither|nor|cannot|without|unable|hardly|refus\w+|den(?:y|ies|ied)|declin\w+"
    r"|reject\w*|forbid\w*|forbidden|prohibit\w*|exclud\w+|except|lose|loses|lost|forfeit\w*|void|fails?|failed|ineligible"
    r"|unavailable|invalid|impossible|non|instead\sof|rather\sthan|too\slate|out\sof\sbounds|off\slimits|unless|barred|banned"
    r"|disqualif\w+|non-?\w{4,})\b|n['’]t\b",
    re.IGNORECASE,
)
_NO_LONGER = re.compile(r"\bno\slonger\b|(?<=n['’]t)\sany(?:more|\slonger)\b", re.IGNORECASE)
_FORBIDDEN = re.compile(
    r"\b(?:cannot|(?:can|may|must|could|should|shall)(?:n?['’]t|\s(?:not|never))|(?:no\s[\w-]+|nobody|no\sone)\s(?:can|may|must)"
    r"|forbid\w*|prohibit\w*|banned|barred)\b|(?:\bnot|\bnever|n['’]t)\s(?:be\s)?(?:allowed|permitted|entitled|able)\b",
    re.IGNORECASE,
)
_MUST = re.compile(
    r"\b(?:must|ha(?:ve|s)\sto|need(?:s|ed)?\sto|(?:is|are|be)\s(?:required|obliged|mandatory|compulsory|necessary)|required\sto|requires?"
    r"|mandatory|obligatory|shall|needs?|needed|required|necessary)\b",
    re.IGNORECASE,
)
_MAY = re.compile(
    r"\b(?:may|can|could|might|(?:is|are|be|'re)\s(?:allowed|permitted|able|entitled|free|welcome|eligible)|allow(?:s|ed)?|permit(?:s|ted)?"
    r"|entitle[sd]?|eligible|optional|welcome\sto|free\sto|possible|up\sto\syou)\b",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"\b(?:before|prior\sto|in\sadvance|ahead\sof|beforehand|not\syet|yet\sto|upcoming|until|earlier\sthan|pre-?\w{4,})\b",
    re.IGNORECASE,
)
_AFTER = re.compile(
    rf"\b(?:after|afterwards?|following|{ONCE_DONE}|already|retroactive(?:ly)?|retrospective(?:ly)?|ha(?:s|ve)\s(?:been\s)?(?:already\s)?\w+(?:ed|en|ne|wn)"
    r"|have\sjust|later\sthan|since|upon\scompletion|completed|back\sfrom|post-?\w{4,}|past)\b",
    re.IGNORECASE,
)
_ONLY = re.compile(
    r"\b(?:only|solely|exclusively|just|nothing\sbut|no\sone\sbut|limited\sto|reserved\sfor)\b", re.IGNORECASE
)
_UNIVERSAL = re.compile(
    r"\b(?:all|every|any|anyone|anybody|everyone|everybody|always|anytime|any\stime|whatever|whenever|wherever|whichever|regardless"
    r"|no\smatter|automatically|in\s(?:all|any)\scases?|unconditional(?:ly)?|without\sexception|unlimited|never|none|each|even)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=READINGS_KEPT)
def stance_of(clause: str) -> Stance:
    """How the clause stands to what it says."""
    without = _HARMLESS.sub(" ", clause)
    free = _FREE.search(without) is not None
    without = _FREE.sub(" ", without)
    optional = _OPTIONAL.search(without) is not None
    counted = _OPTIONAL.sub(" ", without)
    return Stance(
        negated=len(_NEGATION.findall(counted)) % 2 == 1,
        modality=_modality(counted, optional),
        order=_order(without),
        free=free,
        only=_ONLY.search(without) is not None,
        universal=_UNIVERSAL.search(clause) is not None,
        forbidden=not optional and _FORBIDDEN.search(counted) is not None,
    )


@lru_cache(maxsize=READINGS_KEPT)
def asserted(text: str) -> str:
    """The text without its phrases that have a negative word and deny nothing: those below, and "no fee"."""
    return _FREE.sub(" ", without_harmless(text))


@lru_cache(maxsize=READINGS_KEPT)
def without_harmless(text: str) -> str:
    """The text without bounds, courtesies and what need not be done; "no longer" becomes "not"."""
    return _NO_LONGER.sub(" not", _OPTIONAL.sub(" ", _HARMLESS.sub(" ", text)))


def _modality(text: str, optional: bool) -> Modality:
    if optional:
        return Modality.OPTIONAL
    if _MUST.search(text):
        return Modality.MUST
    return Modality.MAY if _MAY.search(text) else Modality.NONE


def _order(text: str) -> Order:
    before, after = _BEFORE.search(text), _AFTER.search(text)
    if (before is None) == (after is None):
        return Order.NONE
    return Order.BEFORE if before else Order.AFTER


_OPPOSITES = """
    before/after,beforehand/afterwards,earlier/later,early/late,minimum/maximum,min/max,least/most,more/less,more/fewer
    include/exclude,included/excluded,including/excluding,refundable/nonrefundable,transferable/nontransferable
    allow/forbid,allowed/forbidden,permit/prohibit,permitted/prohibited,accept/reject,accept/refuse,approve/deny
    available/unavailable,eligible/ineligible,valid/invalid,possible/impossible,able/unable,required/optional
    mandatory/optional,compulsory/voluntary,increase/decrease,increase/reduce,raise/lower,add/remove,add/deduct
    open/close,open/closed,full/partial,fully/partly,fully/partially,entire/part,same/different,start/end,begin/end
    first/last,arrival/departure,arrive/depart,inbound/outbound,outward/return,domestic/international,adult/child
    sender/recipient,buyer/seller,online/offline,new/used,new/old,above/below,over/under,inside/outside,within/outside
    with/without,paid/unpaid,used/unused,opened/unopened,always/never,all/none,everyone/nobody,both/neither
    temporary/permanent,temporarily/permanently,cheaper/dearer,higher/lower,highest/lowest,longer/shorter
    cash/voucher,cash/credit,credit/debit,monthly/yearly,monthly/annually,daily/weekly,weekly/monthly,daily/monthly
    yearly/quarterly,monthly/quarterly,gross/net,customer/company,tenant/landlord,lender/borrower,pay/receive
    automatically/manually,automatic/manual,sooner/later,keep/lose,gain/lose,win/lose,approve/reject,active/inactive
    public/private,single/double,single/joint,personal/business,male/female,weekday/weekend,weekdays/weekends
    morning/evening,day/night,peak/off-peak,business/economy,upgrade/downgrade,succeed/fail,live/expired,hot/cold
    sealed/unsealed,damaged/undamaged,authorised/unauthorised,authorized/unauthorized,limited/unlimited
    fixed/variable,primary/secondary,internal/external,employee/employer,cardholder/merchant
"""


def _opposites() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for pair in re.split(r"[,\s]+", _OPPOSITES.strip()):
        one, other = (stem(word) for word in pair.split("/"))
        if one != other:
            table.setdefault(one, set()).add(other)
            table.setdefault(other, set()).add(one)
    return {word: frozenset(others) for word, others in table.items()}


OPPOSITES = _opposites()


@lru_cache(maxsize=READINGS_KEPT)
def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words_of(text))


def opposites_between(claim: str, policy: str) -> tuple[tuple[str, str], ...]:
    """Words of the claim whose opposite the policy uses instead: ("after", "before"), sorted."""
    mine, theirs = _stems(claim), _stems(policy)
    pairs = [
        (word, opposite)
        for word in mine - theirs
        for opposite in OPPOSITES.get(word, frozenset()) & theirs
        if opposite not in mine
    ]
    return tuple(sorted(pairs))


# Words that deny by themselves, with what they deny.
DENYING = {
    stem(word): stem(denied)
    for word, denied in (
        pair.split("/")
        for pair in (
            "excluded/included excludes/includes excluding/including exclude/include forbidden/allowed forbid/allow"
            " prohibited/allowed prohibit/allow banned/allowed refuse/accept refused/accepted reject/accept"
            " rejected/accepted denied/accepted unavailable/available ineligible/eligible invalid/valid"
            " impossible/possible unable/able nonrefundable/refundable nontransferable/transferable"
            " forfeit/keep forfeited/kept void/valid disqualified/eligible unlimited/limited unused/used"
            " unopened/opened unpaid/paid undamaged/damaged unlawful/lawful unauthorised/authorised"
        ).split()
    )
}
_SCOPE_ENDS = frozenset("but and or if when unless except because although so which that".split())
_SCOPE = 2  # content terms after a negation that it can deny


@dataclass(frozen=True, slots=True)
class Denials:
    """The stems of content terms that a text denies for certain (``denied``: right after the negation), may deny
    (``near``), and affirms; ``by_word`` are those denied by a word's own meaning ("excluded")."""

    denied: frozenset[str]
    near: frozenset[str]
    affirmed: frozenset[str]
    by_word: frozenset[str]


@lru_cache(maxsize=READINGS_KEPT)
def denials_of(text: str) -> Denials:
    """Which terms stand under a negation: "the fee is not refunded" denies "refund"."""
    denied: set[str] = set()
    near: set[str] = set()
    affirmed: set[str] = set()
    by_word: set[str] = set()
    reach = 0
    for word in _SPOKEN.findall(asserted(text).lower().replace("\u2019", "'")):
        if word in ",;:.!?()":
            reach = 0
            continue
        if word in _NEGATORS or word.endswith("n't"):
            reach = _SCOPE
        elif word in _SCOPE_ENDS and reach < _SCOPE:
            reach = 0
        if word in STOP_WORDS or word in _NEGATORS or word[0].isdigit():
            continue
        term = stem(word)
        if term in DENYING:
            (affirmed if reach else by_word).add(DENYING[term])
        elif reach:
            (denied if reach == _SCOPE else near).add(term)
        else:
            affirmed.add(term)
        reach = max(0, reach - 1)
    denied -= affirmed  # said both ways: nothing certain
    return Denials(
        frozenset(denied | by_word),
        frozenset(near),
        frozenset(affirmed - denied - by_word),
        frozenset(by_word - denied),
    )


def denied_concepts(text: str) -> frozenset[str]:
    """What a text denies for certain, each term under the name of its concept."""
    denials = denials_of(text)
    words = [word for word in words_of(text) if stem(word) in denials.denied - denials.by_word]
    return frozenset(concepts_of(" ".join([*words, *sorted(denials.by_word)])))


_SPOKEN = re.compile(r"[a-z\u00df-\u024f]+(?:'[a-z]+)?|\d+(?:[.,]\d+)*|[,;:.!?()]")
_NEGATORS = frozenset("not no never none nothing nobody neither nor cannot without hardly non".split())


def denied_by_one(claim: str, policy: str) -> tuple[tuple[str, bool], ...]:
    """Terms that one side denies and the other affirms, with whether it is the policy that denies."""
    mine, theirs = denials_of(claim), denials_of(policy)
    shared = ((mine.denied | mine.near) & theirs.denied) | (mine.denied & theirs.near)
    if shared - mine.by_word - theirs.by_word:
        return ()  # they deny the same thing
    ours = (mine.denied & theirs.affirmed) - theirs.near
    policy_s = (theirs.denied & mine.affirmed) - mine.near
    return tuple(sorted([*((term, False) for term in ours), *((term, True) for term in policy_s)]))


_DENIES_SOMEHOW = re.compile(
    r"\b(?:only|otherwise|or\selse|except|unless|excluding|other\sthan|too\s\w+|los[est]+|missed|out\sof|instead|rather|fail\w*|stop\w*|end(?:s|ed)?|expire\w*"
    r"|lapse\w*|waive\w*|withdraw\w*|limited|unable|refus\w+|reject\w*|den(?:y|ies|ied)|declin\w+|forbid\w*|prohibit\w*|exclu\w+"
    r"|forfeit\w*|hardly|against|void|prevent\w*|block\w*|avoid\w*|un\w{4,}|in(?:eligible|valid)|impossible|barred|banned|free|off\slimits|sorry|unfortunately|afraid)\b",
    re.IGNORECASE,
)


def denies(text: str) -> bool:
    """Whether the text negates something with a word made for it ("not", "never", "no"), bounds aside."""
    return any(word in _NEGATORS or word.endswith("n't") for word in words_of(asserted(text)))


def denies_nothing(text: str, beside: str) -> bool:
    """Whether there is no negation of any form in the text, not even a word that restricts or ends something.

    Such a word that ``beside`` has too ("unopened") makes no difference.
    """
    if denies(text) or _OPTIONAL.search(text):
        return False
    common = set(words_of(beside))
    return all(match.group().lower() in common for match in _DENIES_SOMEHOW.finditer(text))
