"""A day or an amount that a sentence tells of what this customer has: "Your contract ends on 4 May 2027."

No list says what customers have. Where no rule is stated, the day on which something of theirs begins, ends or falls
due is a record, and so is what they are billed or owe.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from proxy.grounding.claims.account_signs import is_conditional, is_reason
from proxy.grounding.claims.phrases import any_of, any_word
from proxy.grounding.values.comparing import same_number
from proxy.grounding.values.finding import ValueKind, values_of

# What a thing of the customer's does, or what becomes of it, on a day.
_HAPPENS = any_word(
    r"""(?:is|are|was|were)(?:n't)? ends? ended expires? expired renews? renewed starts? started begins? began runs? ran
    lasts? lasted falls fell resets? closes? closed opens opened matures? matured switches switched arrives? arrived
    stops stopped departs departed
    will\s(?:be|end|expire|renew|start|begin|run|last|reset|close|mature|switch|arrive|stop|depart|come)"""
)
_NOT_A_LIMIT = r"(?! (?:not )?(?:subject|limited|possible|at least))"
_WORD = r"(?!(?:it|it's|they|you|we|I|and|or|before|after|when|which|who|that|to)\b)[^\s,;:.!?]+"
_DAY = any_of(
    r"""
    today|tonight|tomorrow|yesterday
    (?:on|this|next|last|until|from) (?:mon|tues|wednes|thurs|fri|satur|sun)day
    """
)
_BOUND = r"(?:under contract|tied in|signed up|paid up|subscribed|covered|insured)"
_TELLS_DAY = re.compile(
    rf"(?:\byours? (?:{_WORD} ){{0,9}}?{_HAPPENS}|\byou(?:'re| are) {_BOUND})\b{_NOT_A_LIMIT}"
    rf"(?P<day>[^;:.!?]{{0,60}}?\b{_DAY}\b)?",
    re.IGNORECASE,
)

_LAST = any_word(
    r"""last latest most\srecent current outstanding remaining previous unpaid overdue upcoming next final open"""
)
_BILLED = any_word(
    r"""bills? invoices? payments? charges? instal(?:l)?ments? balance amount total statement deposit credit rent
    premium direct\sdebit fees?"""
)
_TELLS_AMOUNT = re.compile(
    any_of(
        rf"""
        \byour {_LAST} (?:[\w-]+ ){{0,2}}?{_BILLED} (?:of|is|was|are|were|will be|comes to|came to)\b
        (?:^|\bthat )you (?:still |currently |now )?owe\b
        """
    ),
    re.IGNORECASE,
)
_KINDS = frozenset({ValueKind.DATE, ValueKind.WEEKDAY, ValueKind.MONEY})
_NEAR = 60  # characters from what tells of a day, or of an amount, to the value
_OPENING = len("until ")


def tells_own_value(text: str) -> bool:
    """Whether it tells a day or an amount of what this customer has, under no condition and for no reason."""
    days = (
        match for match in _TELLS_DAY.finditer(text) if match["day"] or _near(match, text, ValueKind.DATE)
    )
    amounts = (match for match in _TELLS_AMOUNT.finditer(text) if _near(match, text, ValueKind.MONEY))
    starts = (match.start() for match in (*days, *amounts))
    return any(not is_conditional(text, start) and not is_reason(text, start) for start in starts)


def values_stand_in(texts: Sequence[str], text: str) -> bool:
    """Whether it has days or amounts, and every one of them stands in one of the texts."""
    own = [value for value in values_of(text) if value.kind in _KINDS]
    told = [value for other in texts for value in values_of(other)]
    return bool(own) and all(any(same_number(value, other) for other in told) for value in own)


def _near(match: re.Match[str], text: str, kind: ValueKind) -> bool:
    """Whether such a value follows, or opens the sentence ("On 4 May 2027 your contract ends")."""
    values = [value for value in values_of(text) if value.kind is kind]
    return any(
        match.end() <= value.start <= match.end() + _NEAR
        or (value.start <= _OPENING and value.end <= match.start() <= value.end + 2)
        for value in values
    )
