"""The shapes that a request for a person takes, whatever words fill them: who is wanted, and what they are to do.

Each shape is a cue, not a verdict: the classifier weighs them against what else is in the message.
"""

from __future__ import annotations

import re

from proxy.grounding.claims.phrases import any_of, any_word

_ROLE = any_word(
    r"""agents? reps? repr\w*s\w*nt\w*s? advis[eo]rs? operators? supervisors? managers? bosse?s? superiors? employees?
    colleagues? co-?workers? clerks? consultants? specialists? experts? technicians? engineers? staff humans?
    hum+[ae]ns? hoomans? agnts? mngrs? reprs? workers? officers? assistants?"""
)
_TEAM = any_word(
    r"""team department desk office people folks side unit crew staff support service care centre center line branch
    sales billing claims fraud loans retention refunds complaints"""
)
_SOMEBODY = any_of(
    r"""
    (?:some|any)(?:one|body)(?! else(?:'s| (?:use|pay|drive|fly|travel|collect|pick|sign|book|have))|'s)
    (?:an? |some |any )?(?:(?:real|live|actual|living|human|proper) )+(?:person|people|being|one|support|help|chat)
    sum ?one|sum ?body|some1|sombody|any1
    (?:costumer|custo?me?r|client|live|human|phone|technical|tech) (?:care|serv\w+|sup+ort|relations|help|chat)
    (?:a|one|that|which|the right|some|any) person|people|whoever|a human(?: being)?|a grown-up
    """
)
_BARE_ROLE = any_word(
    r"""hum+[ae]ns? hoomans? agents? agnts? representatives? reps? operators? supervisors? managers? employees? staff
    advis[eo]rs? boss colleagues?"""
)
# Whom no policy question ends with: a bare one is a request.
_STRONG = any_of(
    rf"""
    (?:real |live |actual |human )*{_BARE_ROLE}(?: {_BARE_ROLE})*
    somebody|someone|anyone|anybody|people|(?:a )?persons?|real (?:person|people)|flesh and blood
    (?:live|human) (?:support|chat)
    (?:costumer|custo?me?r|client|live|human) (?:care|serv\w+|sup+ort|relations)(?: agents?| team)?
    """
)
_NOT_MINE = "(?<!my )(?<!our )(?<!another )(?<!travel )"
_ITS = "'s| (?:fee|code|discount|card|ticket|number)"
# Somebody of the company, not of the customer's.
WHO = any_of(
    rf"""
    {_NOT_MINE}(?:an?|the|your|some|any|one of your|another)? ?(?:[\w-]+ ){{0,2}}?{_ROLE}(?!{_ITS})
    (?:one|some|somebody|someone|any) of (?:you|your) ?(?:\w+ )?{_ROLE}?(?: people| team| humans?)?
    (?:your|the) (?:[\w-]+ ){{0,2}}?{_TEAM}
    {_SOMEBODY}
    """
)
BOT = any_word(
    r"""bots? chatbots? robots? machines? computers? software programs? programmes? automat\w* ai algorithms? scripts?
    app code"""
)
_SERVES = any_word(
    r"""help helps assist take takes look looks go goes check checks ring rings call calls phone phones contact contacts
    get answer answers explain explains deal deals handle handles review reviews read reads decide decides talk talks
    speak speaks write writes listen solve sort fix reply respond confirm confirms tell see sees give come"""
)
_FETCH = any_word(
    r"""get fetch bring send summon find give hand pass put route link connect hook switch transfer forward refer take
    lead let have ask raise move run escalate show call wake patch redirect direct arrange conect request involve"""
)
_REACH = any_word(
    r"""talk\w* speak\w* spe\wk\w* spk tlk chat\w* reach\w* contact\w* connect\w* write writing word conversation
    call\w* phone ring\w* hear deal\w* dealt explain\w* discuss\w* touch serv\w+ assist\w+ help\w* transferred linked
    look\w* through advice"""
)
_LIKE = any_of(
    r"""
    (?:would|'d) (?:like|love|prefer|rather|sooner|want|appreciate|feel (?:safer|better|more comfortable))
    wanna
    (?:really |just |only |urgently |still )*(?:want|need|prefer|demand|insist|request|require|wish)
    (?:was hoping|am asking)
    """
)
_MINE = any_of("me|us|this|it|these|my|our|the matter|(?:get )?in touch|over|i")
_AT = any_of(
    r"back|now|today|tomorrow|tonight|asap|please|pls|at|on|between|this (?:morning|afternoon"
    r"|evening|week)|straight|immediately|again"
)
_GAP = r"[^.!?;]{0,45}?"
# What is done to people who are no staff: "I need to pay someone".
_DONE_TO_OTHERS = any_word(
    """pay send add remove refer name invite bring hire block report be become gift share join feed carry know
    understand thank tip praise congratulate work about if whether when how why what than"""
)
_OTHER_GAP = rf"(?:(?!\b{_DONE_TO_OTHERS}\b)[^.!?;]){{0,45}}?"
_START = (
    r"(?:\A|[.!?;:,]|\b(?:please|then|just|kindly|so|and|or|pls|plz|now|ok|okay|yes|sure|right|do)\b)\W{0,3}"
)


def _frame(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


FRAMES: dict[str, re.Pattern[str]] = {
    "I wish, who": _frame(
        rf"\b(?:I|we)(?: really| just)? ?{_LIKE}\b{_OTHER_GAP}\b{WHO}\b(?! to (?:start|leave|use|pay|drive))"
    ),
    "I wish to reach": _frame(
        rf"\b(?:I|we)(?: really| just)? ?{_LIKE}\b{_OTHER_GAP}\b{_REACH}\b{_OTHER_GAP}\b{WHO}\b"
    ),
    "fetch who": _frame(rf"{_START}{_FETCH}(?: (?!compliments|thanks|regards|greetings)\w+){{0,4}}? {WHO}\b"),
    "can you fetch who": _frame(
        rf"\b(?:can|could|would|will|must) (?:you|u)\b{_GAP}\b{_FETCH}\b{_GAP}\b{WHO}\b"
    ),
    "can who serve": _frame(
        rf"\b(?:can|could|may|might|would|will|should|must|has to|let|have) {WHO}\b{_GAP}\b{_SERVES}\b"
    ),
    "can who serve me": _frame(
        rf"\b(?:can|could|may|might|would|should|must|has to|let|have) {WHO} (?:(?!get\b|give\b|see\b"
        rf"|tell\b)\w+ ){{0,3}}?{_SERVES}(?<!get)(?<!give)(?<!see)(?: \w+){{0,3}}? {_MINE}\b"
    ),
    "speak to who": _frame(
        rf"\A\W*(?:please |pls |just |kindly )*{_REACH} (?:to |with |by |2 |w/ )?(?:an? |the |your )?{WHO}\b"
    ),
    "call me then": _frame(
        rf"{_START}(?:call|ring|phone|dial|give) (?:me|us|my number)(?: a (?:call|ring))?\b(?=\W*\Z"
        rf"|,|[^\w]*\d|[ ,]+{_AT}\b)"
        rf"|\b(?:have|let|ask) {WHO} (?:\w+ )?(?:call|ring|phone|contact)\b|\b{WHO} (?:should|must"
        rf"|has to|needs to|ought to) (?:call|ring|phone|contact) (?:me|us)\b"
    ),
    "no bot": _frame(
        rf"\b(?:I|we)(?:'m| am|'ve| have|'re| are)? (?:\w+ )?(?:not|n't|won't|refuse|don't|can't"
        rf"|cannot|done|sick|tired|fed up|had enough|hate|waste)\b[^.!?;]{{0,30}}\b(?:to|with|by|of"
        rf"|for|at|on) (?:an?|the|this|your|these|all these)? ?(?:\w+ )?{BOT}\b"
        rf"|\A\W*(?:no|not|enough|stop|basta|quit|goodbye|bye)\b[^.!?]{{0,30}}\b{BOT}\b"
    ),
    "anyone there": _frame(
        r"(?:\A|[.!?,] ?)(?:hello|hi|hey|so|and|but)?\W{0,3}(?:is|are|isn't"
        r"|aren't) (?:there )?(?:really )?(?:no |any |an? |one |some)?(?:real |actual |live "
        r"|single )?"
        r"(?:anyone|anybody|someone|somebody|one|body|soul|humans?|person|people|staff|employees?"
        r"|colleagues?)\b(?! else)"
        r"[^.!?;]{0,25}\b(?:there|here|around|alive|awake|reading|listening|looking|home|on duty"
        r"|behind|who answers|answer|at all|I (?:can|could|may))\b(?! when| if| on| at the)"
    ),
    "just who": _frame(
        rf"(?:\A|[.!?:;,–-] ?)(?:(?:an?|the|your|get|give|now|then|next|step|no|yes|ok|okay|please"
        rf"|pls|some|perhaps|maybe|real|just|me|in|send|want|need|person|i)\W+){{0,5}}"
        rf"(?:{_STRONG})(?:[ ,]+(?:please|pls|plz|now|thx|thanks|today|asap|then|instead"
        rf"|straight away|\w+ would be (?:nice|good|great|better)))*\W*\Z"
    ),
    "a person reviews": _frame(
        rf"\b(?:let|have|want|wants|ask|asking|demand|request|need|require|insist|that|please|should"
        rf"|must)\b[^.!?;]{{0,30}}\b(?:{_STRONG})\b(?: \w+){{0,2}}? (?:reviews?|decides?|looks?"
        rf"|checks?|reads?|answers?|handles?|deals?|decid\w+|phones?|calls?|contacts?|writes?)\b"
    ),
    "go on with who": _frame(
        rf"\b(?:continue|go on|carry on|proceed|do (?:this|it|that|the rest)|move this"
        rf"|finish this)\b[^.!?;]{{0,30}}\b(?:with|to) (?:an? )?(?:call with )?{WHO}\b"
    ),
    "who can I reach": _frame(
        r"\b(?:who|whom)(?: else)? (?:can|could|may|might|should|do|am) I (?:have to |to "
        r"|then )?(?:speak|talk|contact|reach|call|turn|ask|write|chat|complain)\b(?: (?:to"
        r"|with))?"
        r"(?=\W*\Z|,? (?:then|now|instead|here|about (?:this|it)|to get a (?:proper|real|straight) answer)\b)"
        r"|\bwho(?:'s| is) (?:your (?:boss|superior|supervisor|manager)|above you|in charge (?:here"
        r"|there|of you))\b"
    ),
    "a call with who": _frame(
        rf"\b(?:make|schedule|arrange|set up|want|like|need|chance|possible|suit|best|have"
        rf"|prefer)\b[^.!?;]{{0,40}}\b(?:appointment|call|conversation|meeting|chat|words?"
        rf"|talk)\b[^.!?;]{{0,20}}\b(?:with|between me and|of|from) {WHO}\b"
    ),
    "served by who": _frame(
        rf"\b(?:serv|help|contact|assist|dealt with|look\w* after|treat|advis|attend\w* to"
        rf"|call)(?:ed)?\b[^.!?;]{{0,12}}\bby (?:an? )?(?:{_STRONG}|{WHO})\b"
    ),
    "better if who": _frame(
        rf"\b(?:safer|better|happier|obliged|grateful|appreciate it|glad|prefer it"
        rf"|easier)\b[^.!?;]{{0,20}}\bif {WHO} (?:\w+ )*?\w+(?:ed|ook|ould|ame|old|oke)\b"
    ),
    "manned": _frame(
        rf"\b(?:is|are) (?:this|the) (?:chat|line|channel|service|window"
        rf"|thing)\b[^.!?;]{{0,20}}\b(?:staffed|manned|attended)\W*(?:\Z|[.!?,])"
        rf"|\b(?:is|isn't) there (?:no|really no|not one|one|a single) (?:{_STRONG})\b"
        rf"|\bcan (?:anybody|anyone|someone|somebody) (?:hear|see) me\b"
        rf"|\bisn't there (?:an? )?(?:{_STRONG})\b"
    ),
    "do transfer me": _frame(
        r"(?:\A|[,.!] ?)(?:(?:yes|ok|okay|sure|right|alright|please|do|then|go ahead and|let's"
        r"|kindly)[ ,]+)+(?:transfer|connect|forward|pass|put|hand|route) (?:me|us)\b"
        r"(?: (?:on|over|through|along|then|please|now))*\W*\Z"
    ),
    "tell it to who": _frame(
        rf"\b(?:tell|explain|say|repeat|discuss|go through)\b[^.!?;]{{0,20}}\b(?:to|with) (?:an? "
        rf"|only )?(?:{_STRONG})\b(?: only)?\W*(?:\Z|[.!?,;])"
    ),
    "somebody must": _frame(
        r"(?:\A|[.!?,;] ?)(?:so |then |but )?(?:some(?:one|body)|a human|a person) (?:must|has to"
        r"|needs to|should|will have to)\W*\Z"
    ),
    "away with the bot": _frame(
        rf"\b(?:get lost|screw|forget|damn|to hell with|enough of|no more|shut up)\b[^.!?;]{{0,12}}\b{BOT}\b"
    ),
    "can I reach who": _frame(
        rf"\b(?:can|could|may|might|shall) (?:I|we|one)\b{_GAP}\b{_REACH}\b{_GAP}\b{WHO}\b"
    ),
    "reach who": _frame(rf"\b{_REACH} (?:to |with |by |2 |w/ )?(?:an? |the )?{WHO}\b"),
    "the way to who": _frame(
        rf"\b(?:how|where|what|which|who|whom)\b{_GAP}\b(?:get|reach|talk|speak|press|type|option"
        rf"|button|way|word|connected|past|find)\b{_GAP}\b{WHO}\b"
    ),
    "is there who": _frame(
        rf"\b(?:is|are|isn't|aren't|any chance|no)\b(?: there"
        rf"| of)?{_GAP}\b{WHO}\b{_GAP}(?:\b(?:there|here|around|available|on duty|alive|reading"
        rf"|looking|free|awake|listening|working|I can|who)\b|\?)"
    ),
    "call me": _frame(
        rf"(?:{_START}(?:call|ring|phone|dial)|\b(?:pick up the phone|give (?:me|us) a (?:ring|call)"
        rf"|(?:call|ring|phone)(?:ing|s)? (?:me|us)(?: back)?)) ?(?:me|us|my number)?\b(?! if| when"
        rf"| once| before)"
    ),
    "not with a bot": _frame(
        rf"\b(?:not|n't|no|won't|refuse|don't|can't|cannot|enough|done|sick|tired|stop|beyond|past"
        rf"|hate|than|waste|instead of|rather than|just|only)\b{_GAP}\b{BOT}\b"
    ),
    "a bot, a person": _frame(rf"\b{BOT}\b.{{0,60}}\b{WHO}\b|\b{WHO}\b.{{0,30}}\bnot\b.{{0,10}}\b{BOT}\b"),
    "upwards": _frame(
        r"\b(?:upstairs|upwards|up the (?:ladder|chain|line)|next level|higher up|above you"
        r"|above your pay|over your head|to (?:a|your|the) superior)\b"
    ),
    "who at the end": _frame(
        rf"(?:\A|[.!?:;,] ?)(?:\w+ ){{0,3}}?{WHO}(?: (?:please|pls|plz|now|thx|thanks|today|asap|then))*\W*\Z"
    ),
}
# What these shapes look like where no person is asked for.
COUNTER_FRAMES: dict[str, re.Pattern[str]] = {
    "must I": _frame(
        r"\b(?:do|does|must|should|need|would|will|did) (?:I|we|one|it|they|the \w+|an? \w+|my \w+)\b"
    ),
    "their own": _frame(
        r"\b(?:my|our) (?:\w+ )?(?:manager|boss|colleagues?|employees?|staff|assistant|agent|team"
        r"|people|brother|sister|wife|husband|daughter|son|friend|mother|father)\b"
    ),
    "who told me": _frame(
        rf"\b(?:{_ROLE}|lady|man|guy|person)\b[^.!?]{{0,25}}\b(?:told|said|says|promised|sold"
        rf"|mentioned|confirmed|booked)\b|\b(?:I|we) (?:already |just )?(?:spoke|talked|chatted"
        rf"|was told|called)\b"
    ),
    "per person": _frame(
        r"\b(?:per|each|every|how many|how much|another|extra|same|two|three|\d+) (?:people|persons?)\b"
    ),
    "another one": _frame(r"\b(?:some|any)(?:one|body) else\b|\banother person\b"),
    "about who": _frame(
        rf"\A\W*(?:what|which|how much|how long|how many|when|why|who|does|do|did|is"
        rf"|are)\b[^.!?]{{0,25}}\b(?:{_ROLE}|people|person)\b"
    ),
    "later": _frame(r"\b(?:I'll|I will|I'm going to|talk soon|bye)\b"),
    "no need": _frame(
        r"\b(?:no|don't|not|without|needn't|rather not)\b[^.!?]{0,20}\b(?:agents?|humans?|person"
        r"|call|callback|anyone|anybody)\b"
    ),
}

SETTLING = (
    "I wish, who",
    "I wish to reach",
    "fetch who",
    "can you fetch who",
    "the way to who",
    "upwards",
    "can who serve me",
    "speak to who",
    "call me then",
    "no bot",
    "anyone there",
    "just who",
    "a person reviews",
    "go on with who",
    "who can I reach",
    "a call with who",
    "served by who",
    "better if who",
    "manned",
    "do transfer me",
    "tell it to who",
    "somebody must",
    "away with the bot",
)


def requested(text: str) -> bool:
    """Whether the message has a shape that no message without a request was seen to have."""
    return any(FRAMES[name].search(text) for name in SETTLING) and not any(
        frame.search(text) for frame in COUNTER_FRAMES.values()
    )


def cue(pattern: re.Pattern[str], text: str) -> bool:
    return pattern.search(text) is not None
