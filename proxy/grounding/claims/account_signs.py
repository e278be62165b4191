"""The signs by which a sentence speaks of this customer's own records, of what was done, or of rules for everybody."""

from __future__ import annotations

import re

from proxy.grounding.claims.phrases import any_of, any_word, phrases

# What a customer has one of at a time, with a life of its own; "your flight is delayed" is about a record.
_EVENT = any_word(
    """reservation booking order flight trip itinerary seats? appointment visit parcel package delivery shipment
    invoice bill payment refund request complaint balance ride stay wedding arrival departure upgrade
    cancellation application registration repair ticket"""
)
# What rules are about as well: "your plan covers 30 sessions" is a rule, "your plan was changed" is not.
_PRODUCT = any_word(
    """account profile card voucher certificate loan policy contract plan claim case return subscription membership
    line device insurance"""
)
_OWNED = any_word(
    r"""reservations? bookings? orders? flights? devices? certificates? gift\scards? payments? balance points vouchers?
    seats? registered left"""
)
_DONE = any_word(
    r"""refunded cancell?ed booked processed issued sent added removed updated changed upgraded downgraded charged
    credited applied created closed opened confirmed submitted escalated transferred scheduled rescheduled
    reserved waived activated deactivated blocked unblocked replaced shipped delivered dispatched paid reversed
    extended renewed registered placed made received completed modified corrected fixed moved switched ordered
    returned deducted debited posted logged noted recorded filed raised arranged reset restored enabled disabled
    purchased bought used retrieved reviewed verified checked found located looked\sup pulled\sup failed
    declined joined signed\sup redeemed subscribed flown taken requested selected chosen linked stopped started
    frozen approved rejected denied amended included"""
)
_ADVERB = any_word(
    """already just now successfully also currently still not never recently previously initially originally fully
    automatically indeed only"""
)
_ADVERBS = rf"(?:{_ADVERB} )*"
_CLAUSE_START = (
    r"(?:(?<=^)|(?<=[,;:.!] )|(?<=\band )|(?<=\bbut )|(?<=\bbecause )|(?<=\bsince )|(?<=\bas )|(?<=\bthat )|(?<=\bsee )"
    r"|(?<=\bso ))"
)
_PARTICIPLE = r"\w+(?:ed|en|nt|id|de|ut|ad|ld|nd|et|up|wn|ne|ght)"

_ACTION = phrases(
    rf"""
    \b(?:I|we)(?:'ve| have|'d| had) {_ADVERBS}(?!to\b){_PARTICIPLE}\b
    \b(?:I|we) {_ADVERBS}{_DONE}\b
    \b(?:has|have|hasn't|haven't) {_ADVERBS}been {_ADVERBS}{_DONE}\b
    \b(?:was|were) (?:successfully|just|already) {_DONE}\b
    \b(?:was|were) {_ADVERBS}{_DONE} (?:back )?(?:to|from|on) your\b
    \b(?:is|are|you're) now {_DONE}\b
    """
)

_HAPPENS = any_word(
    """is isn't was wasn't has hasn't had includes? shows? departs? departed arrives? arrived leaves? left costs?
    started began failed went runs contains? stands?"""
)
_HAPPENED = any_word("was wasn't hasn't started began ended expired")
_STATE = any_word("now currently already still active inactive overdue")
_HELD = any_word(
    """blocked unblocked locked unlocked suspended frozen cancell?ed closed paused expired restricted reactivated active
    inactive overdue approved rejected declined"""
)
_MEMBER = any_word("member customer subscriber holder client user")
_TARIFF = any_word("plan price tariff tier rate contract fare flight deal")
_IS_MEMBER = rf"(?:an? (?:\w+ ){{0,2}}{_MEMBER}|on (?:an?|the|our) (?:[\w-]+ ){{1,4}}?{_TARIFF})"
_NUMBER = r"(?:the|an?|one|two|three|four|five|six|\d+|no)"
_NOT_A_LIMIT = r"(?! (?:not )?(?:\w+ly )?(?:subject|limited|possible|at least))"
_OWN = phrases(
    rf"""
    \b(?:I|we) (?:can )?(?:see|found)\b(?! (?:why|how|what|if|whether)\b)
    \bI (?:find|note|notice)\b
    \baccording to (?:your|the (?:reservation|booking|order|account|system|records?|details))\b
    \b(?:our|my|the) (?:system|records?) (?:shows?|says?|indicates?|has)\b
    \bit (?:appears|looks like|seems)\b
    \byour (?:\w+ ){{0,3}}?{_EVENT}(?: \S{{2,30}}){{0,3}}? {_HAPPENS}\b{_NOT_A_LIMIT}
    \byour (?:\w+ ){{0,3}}?{_PRODUCT}(?: \S{{2,30}}){{0,2}}? (?:{_HAPPENED}|has been|(?:is|isn't) {_STATE})\b
    \byour (?:[\w-]+ ){{1,5}}(?:so far|at the moment|right now|this (?:month|year|week|quarter))\b
    {_CLAUSE_START}you {_ADVERBS}have {_NUMBER} (?:\w+ ){{0,3}}{_OWNED}\b
    {_CLAUSE_START}you {_ADVERBS}(?:{_DONE}|chose|(?!need|want|like)\w{{2,}}ed)\b
    \byou (?:currently|now|also|still) have\b
    \byour (?:[\w-]+ ){{1,4}}(?:was|were|ended|started|began|arrived|totals?)\b{_NOT_A_LIMIT}
    \byou(?:'re| are) currently\b
    \byour (?:\w+ ){{0,3}}?(?:{_EVENT}|{_PRODUCT}) (?:is|are) (?:currently |still )?(?:being \w+ed|under review)\b
    \byour (?:\w+ ){{0,3}}?{_PRODUCT} (?:is|isn't) (?:now |currently |still )?{_HELD}(?= ?(?:[,;.!]|$|and\b|because\b))
    \b(?:is|are) (?:currently|still|now) (?:pending|active|open|closed|blocked|on hold|on its way)\b
    \b(?:no|one|two) pending \w+
    {_CLAUSE_START}you(?:'ve| have|'d) {_ADVERBS}(?!to\b)(?:{_DONE}|had|been|got|given|told|asked|gone)\b
    {_CLAUSE_START}you(?:'re| are| were) {_ADVERBS}(?:confirmed )?(?:as )?(?:{_IS_MEMBER}|booked|registered|enrolled)\b
    {_CLAUSE_START}you(?:'re| are| were) {_ADVERBS}(?:scheduled|charged|paid)\b
    {_CLAUSE_START}you (?:haven't|hadn't|didn't|weren't)\b
    {_CLAUSE_START}you don't have (?:an? |any )?(?:\w+ ){{0,2}}(?:insurance|reservations?|bookings?|orders?|add-on)\b
    \b(?:card|account|iban|phone|number)s? ending (?:in|with) \w+
    \bthis (?:reservation|booking|order|flight|trip|ticket|account|payment|parcel) (?:is|was|has|includes?|cost)\b
    """
)

# What stands after one of these in the same clause happens under a condition, or to anybody.
_IF = any_word(
    r"""if that when whenever once until till unless after before whether where wherever what whatever who which how
    anything everything those people somebody someone anyone provided while as\ssoon\sas as\slong\sas even\sif
    any each every ensure check\sthat confirm\sthat"""
)
_HYPOTHETICAL = re.compile(
    rf"\b{_IF}\b[^,;:]*\Z|\b(?:date|day|moment|time|point|week|month)s? \Z", re.IGNORECASE
)
_CONDITIONAL = phrases(
    r"\W*(?:if|when|whenever|once|unless|until|in case|should|as soon as|provided)\b(?! so\b)"
)
# What stands after "I can confirm that" is told, whatever "that" is elsewhere.
_TELLING = re.compile(
    r"(?:[^.;:!?]*, )?"
    + any_of(
        r"""
        (?:I|we) can (?:also |now |already |gladly )?(?:confirm|see|tell you|assure you)
        (?:the |some )?(?:good |bad |great )?news is
        (?:please )?(?:also )?note
        (?:it|this|our (?:system|records?)|your (?:account|record|file)) (?:also )?(?:shows?|says?)(?: here)?
        """
    )
    + r" that\b",
    re.IGNORECASE,
)
_PREMISE = re.compile(r"\b(?:because|since|as|now that|given that|although|though)\b[^,;:]*\Z", re.IGNORECASE)

# Codes such as HAT069, FDZ0T5, HP-20931, W-88213, and long numbers: letters with digits, or at least six digits.
CODE = re.compile(
    r"(?<![\w$€£.,/@-])(?:(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z0-9]{5,}|[A-Z]{1,4}-\d{3,}|\d{6,})(?![\w@]|[.,-]\w)"
)
_NAMED_RECORD = re.compile(
    r"\b(?i:reservation|booking|order|ticket|case|confirmation|tracking|reference|flight|customer|account|user|claim"
    r"|invoice)s?(?: (?i:ID|number|no\.?|code|reference|#)s?)?(?: is|:)? ?['\"“(]?#?(?=[A-Z0-9-]*[A-Z0-9]{4})"
    r"[A-Z0-9-]{4,}",
)
_RECORD_AHEAD = re.compile(rf"\b(?:your|the|this|new) (?:\w+ ){{0,2}}?{_EVENT}s?\b", re.IGNORECASE)
_FIELD = re.compile(r"(?:- )?[A-Z\d][\w' /()-]{0,40}:\s+\S")
_RECORD_LABEL = any_of(
    r"""
    origin|destination|departure|arrival|departs|arrives|status|order|tracking|balance|membership|address|email|phone
    passengers?|seats?|flights?|flight number
    name|dob|date of birth|\w+ id
    cabin(?: class)?|trip type|payment(?: method)?
    (?:departure|arrival|return|flight|order|booking|delivery) dates?
    gift card|certificate|credit card|visa|mastercard
    """
)
_RECORD_FIELD = re.compile(rf"(?:[\w#]+ ){{0,2}}?{_RECORD_LABEL}(?: \w{{1,12}}){{0,2}}:\s", re.IGNORECASE)

_RULED = any_word("allowed permitted eligible entitled refundable possible covered required able")
_RULE = re.compile(
    r"\b"
    + any_of(
        rf"""
        can(?! (?:see|find|confirm)\b)(?:not|'t)?|must|mustn't|should|needs? to|have to|has to|unable to
        (?-i:may)
        (?:is|are|isn't|aren't|not) (?:\w+ )?{_RULED}
        (?:non-?)?refundable|entitled|eligible|polic(?:y|ies)|rules?
        within|up to|at least|at most|no more than|unless|except
        per (?:passenger|person|year|month|night|day|week)
        usually|typically|always|generally|if you|any|every|each
        therefore|means|so (?=you|it|we|the|they|that|your|carriage|there)
        """
    )
    + r"\b",
    re.IGNORECASE,
)


def tells_of_action(text: str) -> bool:
    """Whether it says that something was done ("I have refunded", "has been cancelled")."""
    return _said_as_fact(_ACTION, text)


def tells_of_records(text: str) -> bool:
    """Whether it tells of this customer's own records: their booking, order, membership, card, or a code of one."""
    return names_record(text) or _said_as_fact(_OWN, text)


def tells_as_fact(text: str) -> bool:
    """Whether it tells of records or actions in so many words, not only by a code that it names."""
    return _said_as_fact(_OWN, text) or tells_of_action(text)


def names_record(text: str) -> bool:
    return bool(CODE.search(text) or _NAMED_RECORD.search(text))


def is_conditional(text: str, position: int) -> bool:
    """Whether what begins there holds under a condition, or for anybody."""
    telling = _TELLING.match(text, 0, position)
    told_from = telling.end() if telling else 0
    return bool(_CONDITIONAL.match(text) or _HYPOTHETICAL.search(text, told_from, position))


def _said_as_fact(signs: re.Pattern[str], text: str) -> bool:
    return any(not is_conditional(text, match.start()) for match in signs.finditer(text))


def is_premise(text: str) -> bool:
    """Whether a record or action is only the reason for what is said ("since you booked the flexible fare, ...")."""
    found = [match for signs in (_ACTION, _OWN) for match in signs.finditer(text)]
    return any(is_reason(text, match.start()) for match in found)


def is_reason(text: str, position: int) -> bool:
    """Whether what begins there is given as the reason for something else ("since your contract ended in May, ...")."""
    return bool(_PREMISE.search(text, 0, position))


def speaks_of_records(lead_in: str) -> bool:
    """Whether an introduction announces a record ("Here are the details of your booking")."""
    return bool(_RECORD_AHEAD.search(lead_in)) or tells_of_records(lead_in)


def is_field(text: str) -> bool:
    """A labelled value ("Arrival: noon")."""
    return bool(_FIELD.match(text))


def is_record_field(text: str) -> bool:
    """A labelled value as records have them ("Departure: 06:00 AM EST")."""
    return bool(_RECORD_FIELD.match(text))


def states_rule(text: str) -> bool:
    return bool(_RULE.search(text))
