"""The wordings by which a customer complains: they say so, or reproach the company and want it put right."""

from __future__ import annotations

from proxy.grounding.claims.phrases import any_word, phrases

_FILE = any_word("make file lodge submit raise register log open enter place bring put\\sin")
_VERY = r"(?:(?:so|very|really|extremely|deeply|absolutely|completely|utterly|totally|beyond|more than|honestly|just) )*"
_AWFUL = any_word(
    """unacceptable disgraceful outrageous appalling shameful disgusting scandalous incompetent inexcusable
    intolerable unprofessional pathetic"""
)
_HURT = any_word(
    """furious livid appalled horrified outraged disgusted fuming unhappy dissatisfied disappointed displeased"""
)
_COMPLAINS = phrases(
    rf"""
    \b(?:I|we)(?:'d| would|'ll| will|'m| am|'re| are)? (?:{_VERY})(?:like|want|wish|need|have|going|intend|demand|here|writing|contacting you)(?: you)? to (?:formally |officially )?(?:complain|{_FILE} (?:an?|my|this|another) (?:\w+ )?complaint)\b
    \b(?:log|register|record|take|file|accept|forward) (?:my|this|it as an?|this as an?) (?:\w+ )?complaint\b
    \b(?:this|that|it)(?: is|'s) (?:an?|my) (?:\w+ )?complaint\b
    \A\W*(?:formal |official )?complaint(?: about\b|:|\W*\Z)
    \b(?:this|that|it|your \w+|which)(?: \w+)?(?: is|'s| was| are) {_VERY}(?:an? )?{_AWFUL}
    \b(?:what an?|an absolute|a complete|an utter|a total) (?:disgrace|scandal|rip-?off|shame on you)\b
    \b(?:I|we)(?:'m| am|'re| are) {_VERY}{_HURT} (?:with|by|at|about) (?:you|your|how|the way|this)\b
    \bworst (?:\w+ ){{0,2}}(?:company|service|airline|provider|experience|bank)\b
    \b(?:I|we) (?:demand|expect) (?:an? )?(?:\w+ )?(?:compensation|apology|explanation|answers|you to (?:pay|refund|compensate|apologi[sz]e))\b
    \b(?:I'll|I will|we'll|we will|I'm going to|I am going to|you will|you'll)\b[^.?!]{{0,40}}\b(?:court|ombudsman|lawyers?|solicitors?|sue|regulator|press|trading standards)\b
    \b(?:for )?the (?:second|third|fourth|fifth|sixth|tenth|\d+(?:nd|rd|th)) time\b(?=.*\b(?:same|again|you|still|writing|asking|!))
    (?<!has )(?<!have )\b(?:you|your (?:\w+ )?(?:staff|crew|team|colleague|agent|engineer|driver|employees?)) (?:have |has |just )?(?:lied|ignored|ruined|cheated|scammed|overcharged|misled|insulted|humiliated|fobbed off)\b
    \b(?:your|the) (?:\w+ )?(?:staff|crew|driver|colleague|lady|man|woman|agent|engineer|technician|salesman|employee)[^.?!]{{0,40}}\b(?:shouted|swore|yelled|screamed|insulted|laughed|lied|(?:was|were) (?:\w+ )?(?:rude|nasty|insulting|aggressive))\b
    \bbecause of your (?:mistake|error|fault|delay|incompetence|carelessness)\b
    \b(?:not|never) (?:going to )?pay(?:ing)? for (?:your|something|roaming|what you)\b
    (?<!company that )(?<!airline that )\b(?:wast(?:ed|ing)|ruin(?:ed|ing)) (?:my|our) (?:whole |entire )?(?:time|day|afternoon|morning|evening|weekend|holiday|trip|wedding|christmas)\b
    \b(?:was|were|been|being) (?:lied to|ignored|cheated|scammed|overcharged|fobbed off|misled|told something different|sent from)\b
    \b(?:apology|money|refund|explanation) (?:that )?you owe (?:me|us)\b
    \b(?:my|our) (?:dissatisfaction|displeasure)\b
    \b(?:be|feel) ashamed of yoursel(?:f|ves)\b
    \b(?:hear(?:ing)? from my (?:lawyer|solicitor)|(?<!can )my (?:lawyer|solicitor) (?:will|has|is))\b
    \breport you to\b
    \bhow dare you\b
    \bare you (?:kidding|joking)\b
    \b(?:nobody|no one|no-one|noone) (?:has |have |ever )*(?:answer|repl|respond|call|help|care|bother|got back|get back|come|came|turned up|show)\w*
    """
)


_CONTENT = phrases(
    rf"""
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
