"""What is promised, in one word: a refund, a call, a delivery ..."""

from __future__ import annotations

from proxy.grounding.claims.phrases import phrases

OTHER = "other"
# The first that is spoken of counts: a refund that is "sent" is a refund.
_ACTIONS = tuple(
    (action, phrases(block))
    for action, block in {
        "waiver": r"""
            \bwaiv\w+
            \b(?:remove|drop|cancel)\w* .{0,20}\b(?:fee|charge)\b
            \b(?:fee|charge)\b.{0,20} (?:removed|dropped)\b
        """,
        "price": r"""
            \b(?:price|rate|premium|monthly fee)\b.{0,30}\b(?:stays?|remains?|kept|lowered|reduced)\b
            \b(?:lower|reduce|keep|freeze|hold|lock in|match|honou?r)\b.{0,30}\b(?:price|rate|premium|fee)\b
        """,
        "refund": r"""
            \brefund\w*
            \breimburs\w+
            \brevers(?:e|ed|ing)\b
            \bmoney\b
            \bback (?:on|in|to|into|with)\b(?! (?:you|us|touch)\b)
            \b(?:get|have|receive|see) (?!back\b).{1,40}\bback\b
            \breturned to you\b
        """,
        "credit": r"""
            \bcredit\w*
            \b(?:vouchers?|gift cards?|points|miles|bonus|discount)\b
            \boff your\b
        """,
        "payment": r"""
            \bpa(?:y|id|ying|yment|yout)\b
            \bcompensat\w+
            \b(?:transfer|deposit)\w*\b
        """,
        "call": r"""
            \b(?:call|phone|ring)(?:s|ed|ing)?\b(?! plan)
            \bcallback\b
        """,
        "visit": r"""
            \b(?:technician|engineer|plumber|electrician)\b
            \bvisit\w*
        """,
        "repair": r"\b(?:fix|repair|restor|resolv)\w*",
        "activation": r"""
            \b(?:re)?activ\w+
            \b(?:unlock|unblock|enabl)\w+
            \b(?:starts?|begins?|goes? live)\b
        """,
        "cancellation": r"\b(?:cancel\w*|close[sd]?)\b",
        "reply": r"""
            \b(?:reply|replies|respon\w+|answer\w*|hear from|let you know|inform\w*|notif\w+)\b
            \b(?:decid\w+|decision|update you)\b
            \b(?:contact|email|e-mail|write to|reach out to|get back to|follow up with)\w* (?:with )?you\b
            \bcontacted\b
            \byou (?:by|via) e-?mail\b
            \b(?:get back|follow up|in touch)\b
        """,
        "change": r"\b(?:upgrad|chang|extend|exten|renew|rebook|updat|mov)\w*",
        "delivery": r"""
            \b(?:deliver|ship|send|mail|post|arriv|bring|replac)\w*
            \b(?:sent|emailed|e-mailed|brought|drop off|pick up)\b
            \b(?:parcel|package|order|replacement|card|courier|delivery)\b
        """,
    }.items()
)


ACTIONS = tuple(action for action, _ in _ACTIONS)
"""All that may be promised, beside ``OTHER``."""


def action_in(clause: str, sentence: str = "") -> str:
    """The word for what a clause promises; where it does not say, for what its sentence speaks of."""
    for text in (clause, sentence):
        for action, signs in _ACTIONS:
            if signs.search(text):
                return action
    return OTHER
