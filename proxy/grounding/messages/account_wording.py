"""The wordings by which a customer asks about, tells of or wants to change what is theirs: a booking, a bill."""

from __future__ import annotations

import re

from proxy.grounding.claims.account_signs import CODE
from proxy.grounding.claims.phrases import any_of, any_word, phrases

_THING = any_word(
    r"""(?:re)?bookings? reservations? orders? flights? trips? tickets? seats? upgrades? itinerary bags? luggage
    suitcases? baggage accounts? bills? invoices? payments? refunds? money balance cards? transfers? salary
    statements? loans? limits? pin contracts? plans? lines? sims? numbers? broadband internet data router phone
    subscriptions? memberships? points miles cases? claims? requests? applications? complaints? appointments?
    engineer parcels? packages? deliver(?:y|ies) address(?:es)? e-?mails? names? surnames? details documents profile
    password"""
)
_MINE = rf"(?:my|our) (?:[\w-]+ ){{0,3}}?{_THING}"
_THIS = rf"(?:{_MINE}|(?:the|this) (?:booking|reservation|flight|order|contract|account|payment|appointment)|me\b|us\b)"
_CHANGE = any_word(
    r"""cancel change move switch upgrade downgrade rebook modify update close block unblock freeze stop activate
    deactivate renew transfer port correct fix remove delete add raise increase lower reduce reset replace register
    book pay refund credit withdraw redeem swap reschedule extend terminate reactivate turn\soff turn\son"""
)
_NOT_HANDED_ON = (
    r"(?!(?:transfer|stop|move|switch) (?:me|us)\b(?! to the))"  # "transfer me" asks for a person
)
_WISH = any_of(
    r"""
    (?:I|we)(?:'d| would)? (?:also |now |just |really )*(?:like|want|need|wish|have) to(?: also| now)?
    (?:can|could|would|will) you(?: please| also| just)*
    \A(?:please |ok,? |yes,? )*(?:please )?
    please
    """
)
_ASKED = r"\b(?:where|when|why|how|what)(?:'s| is| was| are| were| has| have| did| does| will)"
_IN_RULES = r"(?! (?:allowed|work|cover|need|include|expire|be cancelled))"
_HAPPENED = any_of(
    """
    been|still|already|arrived|gone|go|come|confirmed|sent|on time|delayed|paid|approved|late|blocked|ready|available
    out|active|being
    """
)
_BEFELL = any_of(
    """
    hasn't|has not|haven't|didn't|doesn't work|isn't working|is not working|was|were|has been|still|never
    is (?:delayed|missing|late|blocked|wrong|lost|damaged|too high)
    """
)
_RECORD = any_word(r"user customer account booking reservation order member\w* reference confirmation")
_SEE = any_of("get|got|receive|received|see|find|check|look up|tell me the status of|confirm")
_HOW_MUCH = r"\bhow (?:much|many)(?! (?:time|days|weeks|hours|months)\b)"
_CONCERNS = phrases(
    rf"""
    (?:{_WISH}) {_NOT_HANDED_ON}{_CHANGE} {_THIS}
    \A(?:please |yes,? |ok,? )*{_CHANGE} (?:{_MINE}|(?<!transfer )(?<!stop )me\b)
    {_ASKED} (?:the (?:status|balance) (?:of|on) )?{_MINE}{_IN_RULES}\b(?![^?]*\bif\b)
    \b(?:has|have|did|is|are|was) {_MINE} {_HAPPENED}\b
    \b{_MINE} {_BEFELL}\b
    \bmy {_RECORD} ?(?:id|number|no|code|reference)?(?: is|:) ?\S*\d
    \b(?:user|customer|reservation|booking) (?:id|number)(?: is|:) ?\S+
    \b(?:was|were|been|am|get|got|being) (?:I|we )?(?:over)?charged\b
    \b(?:why|when) (?:was|were|did|have|has|am|are) (?:I|we|you) (?:being )?(?:charg|bill|block|refus|den|refund)\w+\b
    \b(?:did|have|has|can|could) you (?:already |please )?{_SEE} {_MINE}\b
    {_HOW_MUCH} (?:\w+ ){{0,3}}(?:do I (?:still )?(?:owe|have)|have I|is left|did I|am I)\b
    """
)
_IN_GENERAL = re.compile(
    r"\A\W*(?:so |and |but |ok |hi |just )*"
    + any_of(
        r"""
        (?:what|who|how|when|where|which)\b[^.!?]{0,60}\b(?:if|when|whenever|once)\b
        (?:if|suppose)\b
        how (?:do|can|would|could|should|long|soon|far|early) (?:I|we|one|you|does|in)\b
        where (?:do|can) I\b
        (?:can|may) I\b
        do I (?:have|need)\b
        is it (?:possible|allowed)\b
        """
    ),
    re.IGNORECASE,
)


def concerns_account(text: str) -> bool:
    """Whether a readable message is about the customer's own records in so many words, or names one by its code."""
    if CODE.search(text):
        return True
    return bool(_CONCERNS.search(text)) and not asks_in_general(text)


def asks_in_general(text: str) -> bool:
    """Whether it begins as a question that policy answers for everybody ("how do I ...", "what happens if my ...")."""
    return bool(_IN_GENERAL.match(text))
