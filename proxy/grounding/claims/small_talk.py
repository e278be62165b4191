"""The harmless things a chatbot says, one a line: greetings, thanks, wishes, empathy, requests, offers, announcements.

Each matches from the start of a clause. A clause counts as harmless only when no rule stands in its sentence
(assertions.py), so these may be generous about what follows, but not about verbs that promise or instruct.
"""

from __future__ import annotations

import re

from proxy.grounding.claims.phrases import any_of, any_word, phrases

_SOFT = any_word(
    """so very really truly terribly deeply sincerely completely fully totally certainly definitely quite perfectly
    absolutely also just now then first quickly gladly happily always too more than do still please only"""
)
_SOFTLY = rf"(?:{_SOFT} )*"
_KIND = any_word(
    """lovely great good nice exciting wonderful excellent fantastic awesome amazing sweet kind thoughtful interesting
    fair smart safe pleasant beautiful happy relaxing comfortable super brilliant perfect valid clever fun"""
)
_FEELING_WORD = any_word(
    r"""stressful frustrat\w+ annoy\w+ nasty horrible awful rotten hard difficult worr\w+ miserable unfair
    uncomfortable disrupt\w+ disappoint\w+ unsettl\w+ upset\w* sad painful tough confus\w+ inconvenien\w+ scary
    shock\w* surpris\w+ pity shame happens? understandable awkward tricky unpleasant wonderful lovely great
    exciting delightful thoughtful fantastic brilliant rough terrible dreadful overwhelm\w* alarm\w* letdown
    anxious nerv\w+ heartbreaking devastat\w+ distress\w* exhaust\w+"""
)
_FEELING_PHRASE = (
    "no fun|(?:isn't|never|not|very) easy|last thing|big change|bad timing|long wait|fair concern|no trouble"
)
FEELING = f"(?:{_FEELING_WORD}|{_FEELING_PHRASE})"

_HELP_WORD = any_word(
    """help assist look check search explain proceed review verify retrieve gather fetch clarify
    start begin answer dig draft compare calculate determine continue"""
)
_HELP_PHRASE = any_of(
    r"""
    (?:walk|guide|show|tell|connect) you(?! that\b)
    go (?:through|over|ahead)
    ask (?:you|a few|my)
    (?:confirm|suggest)(?! (?:you|that\b(?! for| with)))
    (?:talk|run) (?:you )?through
    pull (?:it |that |this |them )?up
    see (?:if|whether|what)
    find (?:out|the|another|your|some|available|this|that)
    take care of (?:this|that|it)
    get (?:that|this|it) (?:sorted|started)
    get started
    have a look
    be (?:right )?back
    do (?:that|this|so)\b
    note (?:that|this|it) down
    """
)
_HELP = f"(?:{_HELP_WORD}|{_HELP_PHRASE})"
_WE_ARE = r"(?:(?:I|we)(?:'m| am|'re| are)|(?:it|that)(?:'s| is))"
_GLAD = "(?:glad|delighted|pleased|thrilled|lovely|great|good|happy)"

_OPENING_WORD = any_word(
    """oh ah ouch ugh well so and but also then now yes no sure okay ok great perfect certainly absolutely
    definitely unfortunately additionally alternatively otherwise first next finally lastly hi hello hey
    meanwhile again please kindly just"""
)
_OPENING_PHRASE = any_of(
    r"""
    of course
    no (?:problem|worries)
    in (?:that case|the meantime)
    at any time
    to start
    as a next step
    before we (?:start|begin|proceed)
    """
)
OPENER = re.compile(rf"(?:(?:{_OPENING_WORD}|{_OPENING_PHRASE})\b[\s,!.:–—-]*)*", re.IGNORECASE)

_LEAD = any_of(
    r"""
    to (?!(?:get|claim|cancel|receive|qualify|avoid|be)\b)\w+
    if (?:so|not|you|there|that|this|it|everything)
    once (?:I|you)
    when(?:ever)? you
    in case you
    additionally
    for (?:this|that)
    """
)
LEAD_CLAUSE = re.compile(rf"{_LEAD}\b[^,;:]*,\s*", re.IGNORECASE)

_PRAISED = "(?:question|news|choice|idea|work|progress|point|that you|job|spot|one)"
THANKS_AND_WISHES = phrases(
    rf"""
    (?:many |my )?(?:thanks|thank you)\b
    good (?:morning|afternoon|evening|day)\b
    (?:hi|hello|hey|dear)\b(?: \w+){{0,2}}\W*\Z
    (?:welcome|bye|goodbye|cheers|see you|take (?:good )?care(?! of (?!your\w+\b))|stay safe)\b
    you(?:'re| are) (?:very |most )?welcome\b(?! to (?!ask\b|reach out\b|come back\b|let me\b))
    talk to you soon\b
    (?:it's |it was )?(?:my |a )?pleasure\b
    (?:we )?look(?:ing)? forward\b
    (?:congratulations|congrats|well done|good luck|enjoy|safe travels|sleep well|get well)\b
    (?:all the )?best\b
    (?:warm |kind )?regards\b
    have (?:a |an |fun|some )(?:very |really )?(?:{_KIND}|fun|with it|\w*day\b|\W)
    happy (?:\w+ )?(?:\w+ing|birthday|holidays?|anniversary|new year|travels)\b
    (?:what an?|how) (?:\w+ )?(?:{_KIND}|{FEELING})
    what (?:lovely|great|a (?:pity|shame|day))\b
    (?:an? )?(?:very |really )?{_KIND} {_PRAISED}\b(?! to\b)
    (?:an? )?(?:very |really )?{_KIND} to (?:hear|see|know|meet)\b
    not a problem\b
    {_WE_ARE} {_SOFTLY}(?:glad|delighted|pleased|excited|thrilled|happy (?:for|that|to hear))\b
    {_WE_ARE} {_SOFTLY}(?:a )?{_KIND}\W*\Z
    {_WE_ARE} {_SOFTLY}(?:a )?{_KIND} (?:{_PRAISED}|to (?:hear|know|see)|you|of you)\b(?! to\b)[^,]*\Z
    {_GLAD} (?:that you|you|it|this|that)\b
    {_GLAD} to (?:hear|see|know|help|explain|assist|clarify)\b
    """
)
_IS = r"(?:'s|'re| is| are| was| were| must| can| could| will| sounds?| looks?| feels?| happens?| shouldn't| never)\b"
EMPATHY = phrases(
    rf"""
    (?:(?:I|we)(?:'m| am|'re| are|'d be)|my)?\s*{_SOFTLY}(?:sorry|apolog\w+|sympathi\w+|condolences?|afraid I don't)\b
    (?:I|we) {_SOFTLY}apologi[sz]e\b
    (?:(?:I|we)(?:'d| would) be )?sorry (?:to|not to)\b
    (?:I|we) (?:can )?{_SOFTLY}(?:understand|appreciate|realise|realize|imagine|feel|hope|wish you)\b
    (?:I|we) (?:can )?{_SOFTLY}(?:see (?:why|how)|get (?:that|why|it)|hear (?:you|how))\b
    (?:I|we) (?:can )?{_SOFTLY}know (?:how|this|it|that (?:this|it|that))\b
    (?:don't worry|no need to worry|not to worry|rest assured|never mind|don't panic|no rush)\b
    (?:please )?take your time\b
    (?:bear with|hold on|hang on|one moment|just a moment|give me a (?:moment|second))\b
    (?:poor \w+|(?:these|those) things|typos happen|nobody likes)\b
    (?:that|this|it|these|those|such things){_IS}[^,]{{0,70}}\b{FEELING}\b
    (?:[a-z]+ delays|moving house|losing [a-z]+ [a-z]+){_IS}[^,]{{0,70}}\b{FEELING}\b
    (?:(?:that|this|it)(?: all)? )?(?:sounds?|really helps?|helps|happens)\b
    (?:(?:that|this|it)(?: all)? )?makes (?:a lot of |perfect |total )?sense\W*\Z
    (?:hope (?:this|that|it|you|the|your|everything|all)|I'm sure (?:it|that|you))\b
    that(?:'s| is) (?:no problem|no trouble|ok|okay|all right|fine|not how we want)\b
    """
)
_EXCLAMATION = any_word(
    """sure yes no ok okay certainly absolutely definitely perfect great alright almost exactly indeed understood
    noted done wonderful oops wow yay hooray hmm right ugh ouch"""
)
EXCLAMATIONS = phrases(
    rf"""
    {_EXCLAMATION}\W*\Z
    (?:of course|all right|got it|not quite|no problem|no worries|my bad|oh no|oh dear|I see|certainly not)\W*\Z
    here(?:'s| is) (?:what|how|where) (?:I'd|to|it|you|happens)\b[^,]{{0,30}}\Z
    """
)

_ASK = any_of(
    r"""
    provide|specify|choose|clarify|answer|reply|respond|type|describe
    confirm (?:if|whether|that you|the|your|which)
    (?:tell|give) me
    share (?:your|the|which|me)
    hold (?:on|for)
    stand by
    check (?:your|the) (?:email|details above)
    select (?:one|which)
    state (?:your|which)
    the (?:reservation|user|order|booking|account|customer) id
    """
)
# "share it with authorised people" instructs, "proceed with the changes" does not.
_NOT_WITH_OTHERS = (
    r"(?!.*\bwith (?!(?:me|us|an?|the|this|that|these|those|your|any|all|my|\w+ing|changes|modifications)\b))"
)
# Harmless only after "please": without it they are the steps of a procedure.
REQUESTS = re.compile(rf"(?:also |then |just |first )*{_ASK}\b{_NOT_WITH_OTHERS}", re.IGNORECASE)

_WILL = r"(?:'ll| will| can| could| may| would| might)"
_BE = r"(?:'d| would|'m| am|'re| are|'ll| will)?"
_LET_ME = r"(?:let me|let's|let us|allow me to|I'm (?:now )?going to|I am going to|I need to|I'd like to)"
_ABOUT_TO = r"(?:go ahead and |start by |begin (?:by|with) |have a |take a |double-)*"
OFFERS = phrases(
    rf"""
    I(?:'d| would|'ll| will)? (?:also |then |just |only |first )*(?:need|require|like to (?:know|ask|confirm|check))\b
    (?:could|can|would|will) you (?:also |then |just |first |please |kindly )*\w+
    (?:do )?let (?:me|us) know\b
    feel free to (?:ask|reach|contact|get in touch|let|write|message|come|call|share|tell)\b
    (?:don't|do not) hesitate\b
    reach out(?! to (?!me\b|us\b))\b
    get in touch(?: with (?:me|us))?\b(?! with)
    (?:come back to (?:me|us)|ask (?:me|away)|tell me|give (?:me|us) a shout|just ask|just say)\b
    (?:I|we){_BE} (?:be )?{_SOFTLY}(?:glad|happy|delighted|pleased|here|available|ready) (?:to {_HELP}|for you|if you)\b
    {_SOFTLY}(?:glad|happy) to {_HELP}\b
    here to (?:help|assist)\b
    (?:I|we){_WILL} {_SOFTLY}(?:be able to |proceed to |go ahead and |do my best to |try to |need to )*{_HELP}\b
    {_LET_ME} {_SOFTLY}{_ABOUT_TO}(?:\w+ing\b|{_HELP}|look|get|know|see|move|make sure|figure|sort|set your)\b
    (?:I'm|I am|we're) (?:just |now |currently )*(?:looking|checking|searching|retrieving|reviewing|working on)\b
    (?:is there|if there(?:'s| is)) anything\b
    (?:this|that|it) (?:will|would) (?:help|allow) me\b
    I hope (?:this|that) (?:helps|clarifies)\b
    I can't (?:say|tell|guess|know)\b
    I don't (?:want to guess|know)\b
    """
)

_POINTS_AHEAD = any_word(
    """these those below here steps? rules? details? options? ways? things conditions documents information
    are is to by if when needs? gets? includes? must can may should have"""
)
_OVERVIEW = any_word(
    """details? steps? overview summary comparison how what where rundown list breakdown information tips? options?
    ideas? ways? answer explanation"""
)
# What only introduces what follows it: it ends with a colon, or names nothing but an overview.
INTRODUCTIONS = phrases(
    rf"""
    [^.!?:]*\b{_POINTS_AHEAD}(?: \w+){{0,2}}\W*:\W*\Z
    [^.!?:]*\b(?:the following|as follows|\w+ of (?:them|these|those))(?: \w+){{0,2}}\W*:\W*\Z
    (?:here(?:'s| is| are)|these are|there are|below (?:is|are)|the following)\b[^.!?:]*:\W*\Z
    here(?:'s| is| are) (?:\w+ ){{0,4}}{_OVERVIEW}\b[^.!?:,\d]*[.!]?\Z
    (?:in short|in summary|to summari[sz]e|for example)\W*\Z
    (?:the|your) [^:]{{2,40}} (?:is|are) (?:as follows|listed below)\W*\Z
    """
)
