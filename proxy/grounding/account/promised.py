"""What an answer promises this very customer: that the company will do or give something, by a date or in an amount.

    "Your refund of $120 arrives by Friday."  ->  refund, 120 USD, until Friday's last second

General policy, conditions, questions, the past, what the customer owes or has to do, and timetables are no promises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from proxy.grounding.account.promised_actions import action_in
from proxy.grounding.claims.phrases import any_word, phrases
from proxy.grounding.text.markdown_lines import plain
from proxy.grounding.values.deadlines import deadlines_in
from proxy.grounding.values.finding import ValueKind, values_of

_ADVERB = any_word(
    r"also now then still soon just certainly definitely gladly personally immediately automatically \w+ly"
)
_ADVERBS = rf"(?:{_ADVERB} )*"
_WILL = r"(?:will|'ll|shall|(?:is|are|am|'s|'re|'m) going to)"
_GIVE = any_word(
    r"""refund reimburse credit send ship deliver mail post email e-mail call phone ring contact reply respond answer
    write pay transfer deposit replace exchange issue waive lower reduce discount apply add give grant offer repair fix
    restore resolve activate reactivate unlock unblock enable cancel close upgrade update extend process return
    reverse remove visit come bring arrive reach follow get review decide inform notify schedule rebook move change
    compensate reinstate knock honou?r match drop pick collect take let\syou\sknow make have complete finish release
    provide"""
)
_GIVING = any_word(
    """refunding reimbursing crediting sending shipping delivering mailing emailing calling paying transferring
    replacing issuing waiving lowering reducing applying adding giving repairing fixing restoring activating cancelling
    upgrading extending processing returning reversing removing visiting coming bringing arriving rebooking
    compensating contacting arranging organi[sz]ing putting posting dispatching"""
)
_GIVEN = any_word(
    r"""refunded reimbursed credited sent shipped delivered mailed posted emailed e-mailed called phoned contacted
    answered paid transferred deposited replaced exchanged issued waived lowered reduced discounted applied added given
    granted repaired fixed restored resolved activated reactivated unlocked unblocked enabled cancell?ed closed upgraded
    updated extended renewed processed returned reversed removed visited brought reviewed decided informed notified
    scheduled rebooked moved changed reinstated compensated honou?red dropped picked taken\soff written\soff completed
    finished released\sto provided sorted"""
)
_THERE = any_word(
    r"""with\syou back there ready active available live in\syour on\syour at\syour on\sits\sway working
    up\sand\srunning in\stouch"""
)
_ARRIVE = any_word(
    r"""arrive reach appear show come ship start begin stay remain land go\sout go\slive take\seffect post hit
    kick\sin"""
)
_ARRIVES = any_word(r"arrives reaches ships comes starts stays remains lands goes\sout gets")
# What is on its way to a customer; a flight that "arrives on Friday" keeps to a timetable.
_SENT = any_word(
    r"""refund reimbursement money credit payment payout compensation voucher parcel package order delivery shipment
    item replacement card router phone device sim letter certificate callback technician engineer courier driver price
    rate \w*holder kit tickets? fee plan service line documents? passes bags luggage orders number upgrade repair meter
    licen[cs]e payout grant claim"""
)
_GET = any_word(r"receive get have(?!\s(?:to|until)\b) see find hear hearing be\sgetting be\sreceiving")
# What a company does without giving anything, and what happens to a thing without its being given.
_NOT_FOR_THEM = any_word(
    r"""not never need needs require have\sto charge bill debit deduct keep consider ask close suspend try try\sto miss
    assume start\scharging cost be\s(?:closed|open|unable|away|sorry) only"""
)
_RUNS_OUT = any_word(
    r"""not never expire end lapse cost increase rise go\sup close change renew include let stop be\sheld be\sdue
    be\s[$€£]\S+ be\scharged take\splace cover"""
)
_VISITOR = any_word("technician engineer courier driver plumber electrician installer")
_FUTURE = phrases(
    rf"""
    (?<!\byou )(?<!\byou){_WILL} {_ADVERBS}(?:be )?(?:{_GIVE}|{_GIVING})\b
    {_WILL} {_ADVERBS}(?:be|get) {_ADVERBS}{_GIVEN}\b
    {_WILL} {_ADVERBS}(?:have|get) (?:\w+ ){{1,4}}?{_GIVEN}\b
    \byou ?(?:{_WILL}|should|can expect to|can count on) {_ADVERBS}{_GET}\b
    \b(?:I|we|our (?:[\w-]+ ){{1,2}}?) ?{_WILL} {_ADVERBS}(?!{_NOT_FOR_THEM}\b)\w
    \byour (?:[\w-]+ ){{0,3}}?{_SENT}(?: (?:of|for|worth) \S+(?: \w+)?)? {_WILL} {_ADVERBS}(?!{_RUNS_OUT}\b)\w
    \bour (?:[\w-]+ ){{1,3}}?(?:is|are) {_ADVERBS}{_GIVING}\b
    (?:{_WILL}|should) {_ADVERBS}(?:be {_ADVERBS}{_THERE}|{_ARRIVE})\b
    \byour (?:[\w-]+ ){{0,3}}?{_SENT}(?: (?:of|for|worth) \S+(?: \w+)?)? (?:is on its way and )?{_ARRIVES}\b
    \byour (?:[\w-]+ ){{0,3}}?{_SENT} is (?:scheduled|due|set|expected) (?:to|for)\b
    \b(?:I'm|I am|we're|we are) {_ADVERBS}{_GIVING}\b
    \byou(?:'re| are) {_ADVERBS}(?:getting|receiving|being {_GIVEN})\b
    (?:\b(?:is|are)|'s) (?:going|coming) (?:back )?to you(?:r|rs)?\b
    \b(?:I|we)(?:'ve| have) asked .{{1,40}}? to {_GIVE}\b
    {_WILL} (?:keep|freeze|hold|lock in) your (?:\w+ )?(?:price|rate|fee|premium)\b
    \b{_VISITOR} (?:is coming|arrives)\b
    """
)
_BOOKED = any_word(
    "callback call technician engineer installer visit slot pick-?up delivery replacement courier"
)
_ARRANGED = phrases(
    rf"""
    \b(?:I|we)(?:'ve| have) {_ADVERBS}(?:scheduled|booked|arranged|set up|ordered)\b.{{0,40}}?\b{_BOOKED}\b
    \b(?:have|put|got) you (?:down|booked|scheduled|in|on) (?:for|the)?\b.{{0,40}}?\b{_BOOKED}\b
    """
)
_EXPECTED = phrases(
    r"(?:\A|\byou can |\byou may |\bplease )(?:expect|look out for|watch for) (?:your|the|an?) (?!delays?\b)"
)
_TO_CUSTOMER = phrases(
    rf"""
    \b(?:you|your|yours|I)\b
    \bthe (?:refunds?|difference|credit|charge|reimbursement|compensation)(?: of \S+)? (?:will|should)\b
    \bthe (?:\w+ ){{0,2}}?[$€£]\s?\d
    \bthe {_VISITOR}\b
    \A(?:please )?expect\b
    \bin touch\b
    """
)
_ASKED = any_word("call write send tell give reply contact let fill upload email visit bring return confirm")
_CONDITION = phrases(
    rf"""
    \b(?:if|unless|once|when|whenever|as soon as|as long as|provided|in case|subject to|depending on|assuming)\b
    \Ashould\b
    \bafter (?:we|you|your|the|it|our|receiving|approval)\b
    \buntil (?:we|you|your|the (?!end\b)|it)\b
    \b(?:hours?|days?|weeks?|months?) (?:of|after|from|following|before|prior to)\b(?! (?:now|today))
    \bor (?:we|you|I) (?:will|'ll)\b
    \A(?:please )?{_ASKED}\b.* and (?:we|I)\b
    \b(?:normally|usually|typically|generally|always)\b
    \b(?:isn't|not|aren't) (?:certain|sure|clear|guaranteed)\b
    \byour (?:landlord|bank|insurer|employer|doctor|school|airline) (?:will|should)\b
    """
)
# What the customer gives, and what runs by a timetable.
_DUE = any_word("payment instal?ment bill invoice premium")
_SCHEDULED = any_word(
    """flight train bus ferry coach connection trip tour check-in check-out lounge store shop office branch system
    website"""
)
_RUNS = any_word("will 'll should arrives starts leaves departs")
_RUNNING_ON = any_word(
    "statement account seat card rate price plan contract policy points booking reservation"
)
_NOT_GIVEN = phrases(
    rf"""
    \byour (?:\w+ ){{0,2}}?{_RUNNING_ON} (?:will|'ll) (?:\w+ly )?(?:close|change|move|increase|end|lapse|be held)\b
    \b(?:charged|billed|debited|deducted|invoiced|unpaid|overdue)\b
    \bsee (?:an?|the) (?:\w+ ){{0,2}}(?:charge|fee|hold|debit)\b
    \byou(?:'ll| will)? (?:also )?(?:need|have|must) to\b
    \byour (?:next |first |last |final |monthly )?{_DUE}\b.{{0,40}}\b(?:taken|collected|due|debited)\b
    \b{_SCHEDULED}s? (?:\w+ ){{0,2}}?{_RUNS}\b
    """
)
_COUNTED = {"point": "points", "mile": "miles"}
_PARTS = re.compile(r"\s*[;—]\s*|\s–\s|(?<=[.!])\s+")
LONGEST_SENTENCE = 2_000  # characters read
_CLAUSES = re.compile(r",? (?:and (?=(?:I|we|you|your|our|the|an?|it)\b)|but )", re.IGNORECASE)
_PRONOUN = re.compile(r"(?:it|they|that|this)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Promise:
    """``action`` is a word such as ``refund`` (promised_actions.py); ``text`` is the sentence.

    ``currency`` is an ISO code, ``%``, ``points`` or ``miles``. ``due_at`` is None where no time is named.
    """

    text: str
    action: str
    amount: Decimal | None = None
    currency: str | None = None
    due_at: datetime | None = None


def promised(sentence: str, at: datetime) -> Iterator[Promise]:
    """The promises of one sentence, said at this instant; at most one for each of its clauses.

    Days end in the instant's time zone.
    """
    text = plain(sentence[:LONGEST_SENTENCE]).replace("’", "'").strip()
    for part in _PARTS.split(text):
        if not part.endswith("?") and _TO_CUSTOMER.search(part) and not _CONDITION.search(part):
            for clause in _CLAUSES.split(part):
                promise = _promise(clause, part, sentence.strip(), at)
                if promise is not None:
                    yield promise


def _promise(clause: str, part: str, sentence: str, at: datetime) -> Promise | None:
    if _NOT_GIVEN.search(clause):
        return None
    said = _FUTURE.search(clause) or _EXPECTED.search(clause)
    arranged = None if said else _ARRANGED.search(clause)
    found = said or arranged
    if found is None:
        return None
    due_at = _due_at(clause, found.start(), at)
    what = part if _PRONOUN.match(clause) else clause[_own_start(clause, found.start()) :]
    amount, currency = _amount(what)
    if due_at is None and (amount is None or arranged):
        return None
    return Promise(sentence, action_in(clause, part), amount, currency, due_at)


def _own_start(clause: str, start: int) -> int:
    """Where the promising words' own begin: an amount before a comma is a reason's ("Since you paid $50, ...")."""
    return clause.rfind(", ", 0, start) + 1


def _due_at(clause: str, start: int, at: datetime) -> datetime | None:
    """The first time that is named after the promising words; else the last one before them."""
    times = deadlines_in(clause, at)
    later = [one for one in times if one.end > start]
    return later[0].at if later else times[-1].at if times else None


def _amount(text: str) -> tuple[Decimal | None, str | None]:
    """What is given; a rate ("$5 per use") is a price."""
    values = [value for value in values_of(text) if value.per in ("", "month", "year")]
    for value in values:
        if value.kind is ValueKind.MONEY:
            return value.high, value.unit
    for value in values:
        if value.kind is ValueKind.PERCENT:
            return value.high, "%"
        counted = next((name for noun, name in _COUNTED.items() if noun in value.nouns), None)
        if value.kind is ValueKind.COUNT and counted:
            return value.high, counted
    return None, None
