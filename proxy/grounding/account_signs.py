"""The signs by which a sentence speaks of this customer's own records, of what was done, or of rules for everybody."""

from __future__ import annotations

import re

# What a customer has one of at a time, with a life of its own; "your flight is delayed" is about a record.
_EVENT = (
    r"(?:reservation|booking|order|flight|trip|itinerary|seats?|appointment|visit|parcel|package|delivery|shipment|invoice|bill"
    r"|payment|refund|request|complaint|balance|ride|stay|wedding|arrival|departure|upgrade|cancellation|application"
    r"|registration|repair|ticket)"
)
# What rules are about as well: "your plan covers 30 sessions" is a rule, "your plan was changed" is not.
_PRODUCT = r"(?:account|profile|card|voucher|certificate|loan|policy|contract|plan|claim|case|return|subscription|membership|line|device|insurance)"
_DONE = (
    r"(?:refunded|cancell?ed|booked|processed|issued|sent|added|removed|updated|changed|upgraded|downgraded|charged|credited|applied"
    r"|created|closed|opened|confirmed|submitted|escalated|transferred|scheduled|rescheduled|reserved|waived|activated|deactivated"
    r"|blocked|unblocked|replaced|shipped|delivered|dispatched|paid|reversed|extended|renewed|registered|placed|made|received"
    r"|completed|modified|corrected|fixed|moved|switched|ordered|returned|deducted|debited|posted|logged|noted|recorded|filed"
    r"|raised|arranged|reset|restored|enabled|disabled|purchased|bought|used|retrieved|reviewed|verified|checked|found|located"
    r"|looked up|pulled up|failed|declined|joined|signed up|redeemed|subscribed|flown|taken|requested|selected|chosen|linked"
    r"|stopped|started|frozen|approved|rejected|denied|amended|included)"
)
_ADVERB = (
    r"(?:already |just |now |successfully |also |currently |still |not |never |recently |previously |initially |originally |fully "
    r"|automatically |indeed |only )*"
)
_MEMBER = r"(?:an? (?:\w+ ){0,2}(?:member|customer|subscriber|holder|client|user)|on (?:an?|the|our) (?:[\w-]+ ){1,4}?(?:plan|price|tariff|tier|rate|contract|fare|flight|deal))"
_CLAUSE_START = r"(?:(?<=^)|(?<=[,;:.!] )|(?<=\band )|(?<=\bbut )|(?<=\bbecause )|(?<=\bsince )|(?<=\bas )|(?<=\bthat )|(?<=\bsee )|(?<=\bso ))"

_ACTION = re.compile(
    rf"\b(?:I|we)(?:'ve| have|'d| had) {_ADVERB}(?!to\b)\w+(?:ed|en|nt|id|de|ut|ad|ld|nd|et|up|wn|ne|ght)\b"
    rf"|\b(?:I|we) {_ADVERB}{_DONE}\b"
    rf"|\b(?:has|have|hasn't|haven't) {_ADVERB}been {_ADVERB}{_DONE}\b"
    rf"|\b(?:was|were) (?:successfully|just|already) {_DONE}\b"
    rf"|\b(?:is|are|you're) now {_DONE}\b",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"\b(?:I|we) (?:can )?(?:see|found)\b(?! (?:why|how|what|if|whether)\b)|\bI (?:find|note|notice)\b"
    r"|\baccording to (?:your|the (?:reservation|booking|order|account|system|records?|details))\b"
    r"|\b(?:our|my|the) (?:system|records?) (?:shows?|says?|indicates?|has)\b|\bit (?:appears|looks like|seems)\b"
    rf"|\byour (?:\w+ ){{0,3}}?{_EVENT}(?: \S{{2,30}}){{0,3}}? (?:is|isn't|was|wasn't|has|hasn't|had|includes?|shows?|departs?|departed"
    r"|arrives?|arrived|leaves?|left|costs?|started|began|failed|went|runs|contains?|stands?)\b(?! (?:not )?(?:\w+ly )?(?:subject|limited|possible|at least))"
    rf"|\byour (?:\w+ ){{0,3}}?{_PRODUCT}(?: \S{{2,30}}){{0,2}}? (?:was|wasn't|has been|hasn't|started|began|ended|expired|(?:is|isn't) (?:now|currently|already|still|active|inactive|overdue))\b"
    rf"|{_CLAUSE_START}you (?:currently |already |now |still |also |only |just )*(?:have (?:the |an? |one |two |three |four |five |six |\d+ |no )(?:\w+ )"
    r"{0,3}(?:reservations?|bookings?|orders?|flights?|devices?|certificates?|gift cards?|payments?|balance|points|vouchers?|seats?|registered|left)"
    rf"|{_DONE}|chose|(?!need|want|like)\w{{2,}}ed)\b"
    r"|\byou (?:currently|now|also|still) have\b|\byou(?:'re| are) currently\b|\byour (?:[\w-]+ ){1,5}(?:so far|at the moment|right now|this (?:month|year|week|quarter))\b"
    r"|\b(?:is|are) (?:currently|still|now) (?:pending|active|open|closed|blocked|on hold|on its way)\b|\b(?:no|one|two) pending \w+"
    rf"|{_CLAUSE_START}you(?:'ve| have|'d) {_ADVERB}(?!to\b)(?:{_DONE}|had|been|got|given|told|asked|gone)\b"
    rf"|{_CLAUSE_START}you(?:'re| are|'re| were) (?:currently |already |now |still |confirmed |also |indeed )*(?:as )?(?:{_MEMBER}|booked|registered|enrolled|scheduled|charged|paid)\b"
    rf"|{_CLAUSE_START}you (?:haven't|hadn't|didn't|weren't|don't have (?:an? |any )?(?:\w+ ){{0,2}}(?:insurance|reservations?|bookings?|orders?|booked|add-on))\b"
    r"|\b(?:card|account|iban|phone|number)s? ending (?:in|with) \w+"
    r"|\bthis (?:reservation|booking|order|flight|trip|ticket|account|payment|parcel) (?:is|was|has|includes?|cost|departs)\b",
    re.IGNORECASE,
)

# What stands after one of these in the same clause happens under a condition or to anybody: "once you've sent the form".
_HYPOTHETICAL = re.compile(
    r"\b(?:if|that|when|whenever|once|until|till|unless|after|before|whether|where|wherever|what|whatever|who|which|how|anything"
    r"|everything|those|people|somebody|someone|anyone|provided|while|as soon as|as long as|even if|any|each|every|ensure|check that|confirm that)\b[^,;:]*\Z",
    re.IGNORECASE,
)

# Codes such as HAT069, FDZ0T5, HP-20931, W-88213, and long numbers: letters with digits, or at least six digits.
CODE = re.compile(
    r"(?<![\w$€£.,/@-])(?:(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z0-9]{5,}|[A-Z]{1,4}-\d{3,}|\d{6,})(?![\w@]|[.,-]\w)"
)
_NAMED_RECORD = re.compile(
    r"\b(?i:reservation|booking|order|ticket|case|confirmation|tracking|reference|flight|customer|account|user|claim|invoice)s?"
    r"(?: (?i:ID|number|no\.?|code|reference|#)s?)?(?: is|:)? ?['\"“(]?#?(?=[A-Z0-9-]*[A-Z0-9]{4})[A-Z0-9-]{4,}",
)
_RECORD_AHEAD = re.compile(rf"\b(?:your|the|this|new) (?:\w+ ){{0,2}}?{_EVENT}s?\b", re.IGNORECASE)
_PREMISE = re.compile(r"\b(?:because|since|as|now that|given that|although|though)\b[^,;:]*\Z", re.IGNORECASE)
_FIELD = re.compile(r"(?:- )?[A-Z\d][\w' /()-]{0,40}:\s+\S")
_RECORD_FIELD = re.compile(
    r"(?:[\w#]+ ){0,2}?(?:origin|destination|departure|arrival|departs|arrives|passengers?|name|dob|date of birth|status|order|tracking"
    r"|seats?|flights?|flight number|balance|cabin(?: class)?|[\w]+ id|payment(?: method)?|membership|address|email|phone|trip type"
    r"|(?:departure|arrival|return|flight|order|booking|delivery) dates?|gift card|certificate|credit card|visa|mastercard)"
    r"(?: \w{1,12}){0,2}:\s",
    re.IGNORECASE,
)
_RULE = re.compile(
    r"\b(?:can(?:not|'t)?|(?-i:may)|must|mustn't|should|need(?:s)? to|have to|has to|unable to|(?:is|are|isn't|aren't|not) (?:\w+ )?(?:allowed"
    r"|permitted|eligible|entitled|refundable|possible|covered|required|able)|non-?refundable|refundable|entitled|eligible"
    r"|polic(?:y|ies)|rules?|within|up to|at least|at most|no more than|unless|except|per (?:passenger|person|year|month|night|day|week)"
    r"|usually|typically|always|generally|if you|any|every|each|therefore|means|so (?=you|it|we|the|they|that|your|carriage|there))\b",
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


def _said_as_fact(signs: re.Pattern[str], text: str) -> bool:
    return any(not _HYPOTHETICAL.search(text, 0, match.start()) for match in signs.finditer(text))


def is_premise(text: str) -> bool:
    """Whether a record or action is only the reason for what is said ("since you booked the flexible fare, ...")."""
    found = [match for signs in (_ACTION, _OWN) for match in signs.finditer(text)]
    return any(_PREMISE.search(text, 0, match.start()) for match in found)


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
