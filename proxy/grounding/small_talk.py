"""The harmless things a chatbot says, one pattern a kind: greeting, thanks, wish, empathy, request, offer, announcement.

Each matches from the start of a clause. A clause counts as harmless only when no rule stands in its sentence
(assertions.py), so these may be generous about what follows, but not about verbs that promise or instruct.
"""

from __future__ import annotations

import re

_SOFT = (
    r"(?:so |very |really |truly |terribly |deeply |sincerely |completely |fully |totally |certainly |definitely |quite |perfectly "
    r"|absolutely |also |just |now |then |first |quickly |gladly |happily |always |only too |more than |do |still |please )*"
)
_KIND = (
    r"(?:lovely|great|good|nice|exciting|wonderful|excellent|fantastic|awesome|amazing|sweet|kind|thoughtful|interesting|fair|smart|safe|pleasant"
    r"|beautiful|happy|relaxing|comfortable|super|brilliant|perfect|valid|clever|fun)"
)
FEELING = (
    r"(?:stressful|frustrat\w+|annoy\w+|nasty|horrible|awful|rotten|hard|difficult|worr\w+|miserable|unfair|uncomfortable|disrupt\w+"
    r"|disappoint\w+|unsettl\w+|upset\w*|sad|painful|tough|confus\w+|inconvenien\w+|scary|shock\w*|surpris\w+|pity|shame|no fun"
    r"|last thing|big change|bad timing|happens|happen|understandable|awkward|tricky|unpleasant|wonderful|lovely|great|exciting"
    r"|delightful|thoughtful|fantastic|brilliant|long wait|fair concern|how you feel|no trouble|rough|terrible|dreadful|overwhelm\w*)"
)
_HELP = (
    r"(?:help|assist|look|check|search|explain|walk you|guide you|show you|go (?:through|over|ahead)|talk (?:you )?through|proceed|suggest"
    r"|review|verify|retrieve|gather|fetch|pull (?:it |that |this |them )?up|see (?:if|whether|what)|ask|confirm|clarify|find (?:out|the|another|your|some|available|this|that)"
    r"|take care of (?:this|that|it)|get (?:that|this|it) (?:sorted|started)|get started|start|begin|have a look|be (?:right )?back|do (?:that|this|so)\b"
    r"|answer|note (?:that|this|it) down|connect you|tell you|run through|dig|draft|compare|calculate|determine|continue)"
)

OPENER = re.compile(
    r"(?:(?:oh|ah|ouch|ugh|well|so|and|but|also|then|now|yes|no|sure|okay|ok|great|perfect|certainly|absolutely|of course|definitely"
    r"|no problem|no worries|unfortunately|additionally|alternatively|otherwise|first|next|finally|lastly|hi|hello|hey|in that case"
    r"|in the meantime|meanwhile|again|at any time|please|kindly|just|to start|as a next step|before we (?:start|begin|proceed))\b[\s,!.:–—-]*)*",
    re.IGNORECASE,
)
LEAD_CLAUSE = re.compile(
    r"(?:to (?!get\b|claim\b|cancel\b|receive\b|qualify\b|avoid\b|be\b)\w+|if (?:so|not|you|there|that|this|it|everything)|once (?:I|you)|when(?:ever)? you|in case you"
    r"|additionally|for (?:this|that))\b[^,;:]*,\s*",
    re.IGNORECASE,
)


def _patterns(*sources: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(source, re.IGNORECASE) for source in sources)


CLAUSES = _patterns(
    # thanks, greetings, wishes, praise
    r"(?:many |my )?(?:thanks|thank you)\b",
    r"(?:good (?:morning|afternoon|evening|day)|welcome|you(?:'re| are) (?:very |most )?welcome|bye|goodbye|cheers|talk to you soon"
    r"|see you|take care|(?:it's |it was )?(?:my |a )?pleasure|(?:hi|hello|hey|dear)\b(?: \w+){0,2}\W*\Z|stay safe|we look forward|looking forward)\b",
    r"(?:congratulations|congrats|well done|good luck|(?:all the )?best\b|kind regards|(?:warm |kind )?regards|enjoy|safe travels|sleep well|get well"
    rf"|have (?:a |an |fun|some )(?:very |really )?(?:{_KIND}|fun|with it|\w*day\b|\W)|happy (?:\w+ )?(?:\w+ing|birthday|holidays?|anniversary|new year|travels))\b",
    rf"(?:what an?|how) (?:\w+ )?(?:{_KIND}|{FEELING})|what (?:lovely|great|a (?:pity|shame|day))\b",
    rf"(?:an? )?(?:very |really )?{_KIND} (?:question|news|choice|idea|work|progress|point|to (?:hear|see|know|meet)|that you|job|spot|one)\b|not a problem\b",
    rf"(?:(?:I|we)(?:'m| am|'re| are)|it(?:'s| is)|that(?:'s| is)) {_SOFT}(?:glad|delighted|pleased|excited|thrilled|happy for|happy that|happy to hear)\b",
    rf"(?:(?:I|we)(?:'m| am|'re| are)|it(?:'s| is)|that(?:'s| is)) {_SOFT}(?:a )?(?:{_KIND})\b(?: (?:news|to hear|to know|to see|that you|you|idea|choice|question|of you)\b[^,]*)?\W*\Z",
    rf"(?:glad|delighted|pleased|thrilled|lovely|great|good|happy) (?:that you|you|to (?:hear|see|know|help|explain|assist|clarify))\b",
    # empathy, apology, comfort
    rf"(?:(?:I|we)(?:'m| am|'re| are|'d be)|my)?\s*{_SOFT}(?:sorry|apolog\w+|sympathi\w+|condolences?|afraid I don't)\b",
    rf"(?:I|we) (?:can )?{_SOFT}(?:understand|appreciate|see (?:why|how)|get (?:that|why|it)|know (?:how|this|it|that (?:this|it|that))|hear (?:you|how)|realise|realize|imagine|feel"
    r"|hope|wish you)\b",
    r"(?:don't worry|no need to worry|not to worry|rest assured|never mind|don't panic|no rush|take your time|bear with|hold on|hang on|one moment|just a moment"
    r"|give me a (?:moment|second)|poor \w+|(?:these|those) things|typos happen|nobody likes)\b",
    rf"(?:that|this|it|these|those|such things|\w+ delays|moving house|losing \w+ \w+)(?:'s|'re| is| are| was| were| must| can| could| will| sounds?| looks?| feels?| happens?| shouldn't| never| really)\b[^,]{{0,70}}\b{FEELING}\b",
    r"(?:(?:that|this|it)(?: all)? )?(?:sounds?\b|really helps?\b|helps\b|happens\b|makes (?:a lot of |perfect |total )?sense\W*\Z)",
    r"(?:hope (?:this|that|it|you)|I'm sure (?:it|that|you)|here(?:'s| is) (?:what|how|where) (?:I'd|to|it|you|happens)\b[^,]{0,30}\Z|glad (?:it|this|that))\b",
    r"that(?:'s| is) (?:no problem|no trouble|ok|okay|all right|fine|not how we want|perfectly fine with me)\b",
    # short answers and exclamations
    r"(?:sure|yes|no|ok|okay|certainly|absolutely|of course|definitely|perfect|great|alright|all right|almost|exactly|indeed|understood|noted|got it|done"
    r"|wonderful|not quite|no problem|no worries|my bad|oops|oh no|oh dear|wow|yay|hooray|hmm|i see|right|ugh|ouch|certainly not)\W*\Z",
)

# Harmless only after "please": without it they are the steps of a procedure.
REQUESTS = _patterns(
    r"(?:also |then |just |first )*(?:provide|confirm (?:if|whether|that you|the|your|which)|tell me|share (?:your|the|which|me)|give me|specify|choose|clarify|answer|reply|respond|type"
    r"|describe|hold (?:on|for)|stand by|check (?:your|the) (?:email|details above)|select (?:one|which)|state (?:your|which)|the (?:reservation|user|order|booking|account|customer) id)\b(?!.*\bwith (?!me\b|us\b|(?:an?|the|this|that|these|those|your|any|all|my|modif\w+|chang\w+|cancel\w+|book\w+)\b))",
)

SENTENCES = _patterns(
    # asking for information or confirmation
    r"(?:I|we)(?:'d| would|'ll| will)? (?:also |then |just |only |first )*(?:(?<=I'll )need|(?<=I will )need|(?<=I )need|(?<=I'll also )need|(?<=I would )need|(?<=I will )require|(?<=I )require|like to (?:know|ask|confirm|check))\b",
    r"(?:could|can|would|will) you (?:also |then |just |first |please |kindly )*\w+",
    r"(?:let (?:me|us) know|feel free to (?:ask|reach|contact|get in touch|let|write|message|come|call|share|tell)|don't hesitate|do not hesitate|do let me know|reach out(?! to (?!me\b|us\b))"
    r"|get in touch(?: with (?:me|us))?\b(?! with)|come back to (?:me|us)|ask (?:me|away)|tell me|give (?:me|us) a shout|just ask|just say)\b",
    # offering help, announcing what the assistant does next
    rf"(?:I|we)(?:'d| would|'m| am|'re| are|'ll| will|'ll be| will be)? (?:be )?{_SOFT}(?:glad|happy|delighted|pleased|here|available|ready) (?:to {_HELP}|for you|if you|whenever)\b"
    rf"|{_SOFT}(?:glad|happy) to {_HELP}\b|here to (?:help|assist)\b",
    rf"(?:I|we)(?:'ll| will| can| could| may| would| might) {_SOFT}(?:be able to |proceed to |go ahead and |do my best to |try to |need to )*{_HELP}\b",
    rf"(?:let me|let's|let us|allow me to|I'm going to|I am going to|I'm now going to|I need to|I'd like to) {_SOFT}(?:go ahead and |start by |begin (?:by|with) |have a |take a |make sure |double-)*(?:\w+ing\b|{_HELP}|look|get|know|move|make sure|figure|sort|set your)\b",
    r"(?:I'm|I am|we're) (?:just |now |currently )*(?:looking|checking|searching|retrieving|reviewing|pulling|working on)\b",
    r"(?:is there|if there(?:'s| is)) anything\b|(?:this|that|it) (?:will|would) (?:help|allow) me\b|I hope (?:this|that) (?:helps|clarifies)\b",
    r"I can't (?:say|tell|guess|know)\b|I don't (?:want to guess|know)\b",
)

# Words that only introduce what follows them.
INTRODUCTIONS = _patterns(
    r"[^.!?]*(?:\b(?:these|this|those|the following|below|as follows|here|steps?|rules?|details?|options?|ways?|things|conditions|documents|information|are|is|to|by|if|when|need|needs"
    r"|get|gets|include|includes|must|can|may|should|for|with|on|in|have|like)|\w+ of (?:them|these|those))(?: \w+){0,2}\W*:\W*\Z",
    r"(?:here(?:'s| is| are)|these are|there are|below (?:is|are)|in short|in summary|to summari[sz]e|for example|(?:the|your) [^:]{2,40} (?:is|are) (?:as follows|listed below)"
    r"|the following)\b[^.!?]*[:.!]?\W*\Z",
)
