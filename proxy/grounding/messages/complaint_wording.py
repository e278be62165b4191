"""The wordings by which a customer complains: they say so, or reproach the company and want it put right."""

from __future__ import annotations

from proxy.grounding.claims.phrases import any_of, any_word, phrases

_FILE = any_word(r"make file lodge submit raise register log open enter place bring put\sin")
_VERY = any_of(
    "so|very|really|extremely|deeply|absolutely|completely|utterly|totally|beyond|more than|honestly|just"
)
_VERILY = rf"(?:{_VERY} )*"
_MEANS = any_of("like|want|wish|need|have|going|intend|demand|here|writing|contacting you")
_I_AM = r"\b(?:I|we)(?:'d| would|'ll| will|'m| am|'re| are)?"
_I_MEAN = rf"{_I_AM} {_VERILY}{_MEANS}(?: you)? to (?:formally |officially )?"
_AWFUL = any_word(
    """unacceptable disgraceful outrageous appalling shameful disgusting scandalous incompetent inexcusable
    intolerable unprofessional pathetic"""
)
_HURT = any_word(
    """furious livid appalled horrified outraged disgusted fuming unhappy dissatisfied disappointed displeased"""
)
_I_FEEL = r"\b(?:I|we)(?: really)?(?:'m| am|'re| are|'ve been| have been)"
_YOURS = any_of("you|your|how|this|the (?:\\w+ )?(?:way|service|staff|crew)")
_OUR_DUE = any_of(
    "(?:an? )?(?:\\w+ )?(?:compensation|apology|explanation|answers)|you to (?:pay|refund|apologi[sz]e)"
)
_WE_WILL = r"\b(?:I'll|I will|we'll|we will|I'm going to|I am going to|you will|you'll)\b"
_JUDGE = any_of("court|ombudsman|lawyers?|solicitors?|sue|regulator|press|trading standards")
_NTH = any_of(r"second|third|fourth|fifth|sixth|tenth|\d+(?:nd|rd|th)")
_PEOPLE = any_word(
    "staff crew team driver colleague lady man woman agent engineer technician salesman employees?"
)
_WRONGED = any_word(r"lied ignored ruined cheated scammed overcharged misled insulted humiliated fobbed\soff")
_RUDELY = any_of(
    "shouted|swore|yelled|screamed|insulted|laughed|lied|(?:was|were) (?:\\w+ )?(?:rude|nasty|insulting)"
)
_SLIP = any_word("mistake error fault delay incompetence carelessness")
_TIME = any_word("time day afternoon morning evening weekend holiday trip wedding christmas")
_DONE_TO = any_of(
    "lied to|ignored|cheated|scammed|overcharged|fobbed off|misled|told something different|sent from"
)
_NOT_SERVED = r"(?:answer|repl|respond|call|help|care|bother|got back|get back|come|came|turned up|show)\w*"
_COMPLAINS = phrases(
    rf"""
    {_I_MEAN}(?:complain|{_FILE} (?:an?|my|this|another) (?:\w+ )?complaint)\b
    \b(?:log|register|record|take|file|accept|forward) (?:my|this|it as an?|this as an?) (?:\w+ )?complaint\b
    \b(?:this|that|it)(?: is|'s) (?:an?|my) (?:\w+ )?complaint\b
    \A\W*(?:formal |official )?complaint(?: about\b|:|\W*\Z)
    \b(?:my|our) (?:dissatisfaction|displeasure)\b

    \b(?:this|that|it|your \w+|which)(?: \w+)?(?: is|'s| was| are) {_VERILY}(?:an? )?{_AWFUL}
    \b(?:what an?|an absolute|a complete|an utter|a total) (?:disgrace|scandal|rip-?off)\b
    \b(?:be|feel) ashamed of yoursel(?:f|ves)\b
    {_I_FEEL} {_VERILY}(?:{_HURT}|not (?:happy|satisfied|pleased)) (?:with|by|at|about) {_YOURS}\b
    \bworst (?:\w+ ){{0,2}}(?:company|service|airline|provider|experience|bank)\b
    \bhow dare you\b
    \bare you (?:kidding|joking)\b

    \b(?:I|we) (?:demand|expect) {_OUR_DUE}\b
    {_WE_WILL}[^.?!]{{0,40}}\b{_JUDGE}\b
    \b(?:hear(?:ing)? from my (?:lawyer|solicitor)|(?<!can )my (?:lawyer|solicitor) (?:will|has|is))\b
    \breport you to\b
    \b(?:apology|money|refund|explanation) (?:that )?you owe (?:me|us)\b
    \b(?:not|never) (?:going to )?pay(?:ing)? for (?:your|something|roaming|what you)\b

    \b(?:for )?the {_NTH} time\b(?=.*\b(?:same|again|you|still|writing|asking|!))
    (?<!has )(?<!have )\b(?:you|your (?:\w+ )?{_PEOPLE}) (?:have |has |just )?{_WRONGED}\b
    \b(?:your|the) (?:\w+ )?{_PEOPLE}[^.?!]{{0,40}}\b{_RUDELY}\b
    \bbecause of your {_SLIP}\b
    (?<!company that )(?<!airline that )\b(?:wast(?:ed|ing)|ruin(?:ed|ing)) (?:my|our) (?:whole |entire )?{_TIME}\b
    \b(?:was|were|been|being) {_DONE_TO}\b
    \b(?:nobody|no one|no-one|noone) (?:has |have |ever )*{_NOT_SERVED}
    """
)
_CONTENT = phrases(
    r"""
    \b(?:no|not|never|zero) (?:at all )?(?:complaints?|complaining|angry|annoyed|disappointed|hard feelings)\b
    \b(?:my|my own|nobody's|no one's) (?:mistake|fault)\b
    \b(?:with|by) myself\b
    \ball (?:good|fine)\b
    """
)


def complains(text: str) -> bool:
    """Whether a readable message complains in so many words."""
    return bool(_COMPLAINS.search(text))


def is_content(text: str) -> bool:
    """Whether a readable message says that it is no complaint ("I'm not angry, just asking")."""
    return bool(_CONTENT.search(text))
