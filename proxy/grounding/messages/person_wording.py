"""The wordings by which a customer asks for a person instead of the chatbot, one a line.

Each is meant to be certain: what only sounds like it ("may another person use my ticket?", "do I need to talk to
an agent?") must not match. German, French and Spanish have the plain wish only.
"""

from __future__ import annotations

import re

from proxy.grounding.claims.phrases import any_of, any_word, phrases

_REAL = any_word("real live actual human proper different senior competent")
_THE = rf"(?:(?:an?|the|your|one of your|some|any|another|whoever is the) )?(?:{_REAL},? ){{0,2}}"
# What nobody but the company's people is called, whatever stands beside it.
_STAFF = any_of(
    r"""
    hum+[aeo]n+s?(?: beings?| agents?| support| help| assistance)?
    (?:real|live|actual) (?:people|persons?|someone|somebody|one|agents?|chat|support|rep\w*|advis[eo]rs?|operators?)
    (?:customer |support |service |call[- ]cent(?:re|er) )*(?:agents?|reps?|repr\w*s\w*nt\w*|advis[eo]rs?|operators?)
    (?:customer|support|service|shift|duty|floor|branch|line|general|account|store) (?:managers?|staff|specialists?)
    supervisors?|managers?|team leads?(?:er)?|superiors?
    """
)
_PERSON = any_of(
    rf"""
    {_STAFF}
    (?:some|any)(?:one|body)(?! (?:else's|else'))
    persons?|people|man|woman
    customer (?:service|services|support|care|relations|success)
    (?:the |your )?(?:support|service|complaints?|refunds?|escalations?|billing|retention|claims|baggage) (?:team|department|desk|line|people|staff)
    (?:staff|team) members?|members? of (?:your )?(?:staff|team)|employees?|staff|your team|colleagues?|boss|technicians?|engineers?|crew members?|(?:the )?person in charge
    """
)
# A person of whom the customer speaks for other reasons.
_ANOTHERS = r"(?! (?:on board|named|sitting|seated|from (?:the|your|my) (?:union|press|embassy)|at (?:the|your) (?:event|conference))\b)"
_TALK = any_of(
    r"""
    (?:spea?k|talk|chat)(?:ing)?(?: directly| now| today| instead)?(?: to| with)
    (?:be |get |being |getting )?(?:connected|transferred|escalated|passed|forwarded|handed over|put through|put in touch|through)(?: on| over| through| thru)?(?: to| with)
    (?:reach|contact|get hold of|get in touch with|get through to|hear from|deal with|be called by)
    (?:have|having) (?:a )?(?:word|chat|conversation|call) with
    discuss (?:this|it|that|my [\w ]{2,30}?) with
    """
)
_WISH = any_of(
    r"""
    (?:would|'d)(?: really| very much| much)? (?:like|love|prefer|appreciate)(?: it if I could)?
    (?:really |still |just |only |urgently |desperately )*(?:want|need|demand|wish|prefer|insist on|request|require)
    (?:have|'ve got|am trying|'m trying|been trying|am asking|'m asking|asked|would rather|'d rather|have asked|keep asking)
    wanna|gotta|wish to|insist
    """
)
_HAND_OVER = any_of(
    r"""
    (?:connect|transfer|forward|refer|direct|switch|redirect|route|escalate|patch|bring|get)
    (?:pass|put|hand)
    """
)
_ME = r"(?:me|us|this|it|my (?:case|call|issue|chat|complaint|problem|matter|ticket|request)|(?:this|the) (?:case|call|issue|chat|conversation|matter|problem))"
_BOT = r"(?:(?:chat ?|ro)?bots?|robots?|machines?|a\.?i\.?|automated (?:\w+ )?\w+|virtual (?:assistant|agent)s?|computers?|assistant)"
_USELESS = any_of(
    r"""
    useless|worthless|pointless|hopeless|stupid|dumb|rubbish|garbage|crap|pathetic|a joke|an idiot|annoying|terrible|broken
    a waste of (?:my )?time|(?:of )?no (?:use|help)|not (?:helping|working|helpful|understanding)|driving me (?:mad|crazy|nuts)
    (?:can't|cannot|doesn't|does not|won't|isn't|never|clearly doesn't) (?:even )?(?:help|understand|get it|listen|answer)\w*
    going (?:round|around) in circles
    """
)
_WANTS = phrases(
    rf"""
    \b(?:I|we)(?:'ve)? ?{_WISH} (?:to )?(?:please )?{_TALK} {_THE}{_PERSON}\b{_ANOTHERS}
    \b(?:can|could|may|might|how (?:do|can|could)) (?:I|we)(?: please| just| possibly)* {_TALK} {_THE}{_STAFF}\b{_ANOTHERS}
    \b(?:can|could|may|might|how (?:do|can|could)) (?:I|we)(?: please| just| possibly)* {_TALK} {_THE}{_PERSON}\b{_ANOTHERS}(?! (?:else )?(?:during|on (?:the|a) (?:plane|flight)))
    \blet (?:me|us) (?:please )?{_TALK} {_THE}{_PERSON}\b
    \b{_HAND_OVER} {_ME}(?: back| over| on| up| through| straight)*(?: to| with)? (?:{_THE}{_PERSON}|the (?:next|right) (?:level|person)|(?:second|2nd)[- ]level|a higher level)\b
    \b(?<!you )(?<!we were )(?:put|pass) {_ME} through\b(?! (?:the|my|your) (?:scanner|x-ray|letterbox))
    \b(?:transfer|connect) (?:me|us) (?:now|please|immediately|already|asap|right away|right now|then)\b
    \b(?:please|must|to|can you|could you|will you|I want you to|need you to) escalate (?:this|it|my (?:case|issue|complaint|problem|ticket|request))\b
    \b(?:want|need|like) (?:this|it|my (?:case|issue|complaint|problem)) (?:to be )?escalated\b
    \b(?:I|we)(?:'d| would)? ?{_WISH}(?: to have)? (?:an?|some|the|your) (?:{_REAL},? )*{_STAFF}\b(?!'s| (?:code|number|fee|id|account|approval|signature|login|to sign|as (?:a|my)|card|position|job))
    \b(?:give|get|find|send|show) me (?:an?|the|your|some) (?:{_REAL} )*(?:{_STAFF}|person)\b(?!'s| (?:code|number|fee|id|to sign))
    \b(?:get|give|find) me (?:some(?:one|body)|any(?:one|body)) (?:who|that|real|else|competent|with|in charge)\b
    \bis (?:there )?(?:any(?:one|body)|some(?:one|body)|a (?:{_REAL} )?(?:person|human|agent)) (?:there|home|alive|out there|real|(?:that |who |whom )?I (?:can|could) (?:speak|talk|chat|complain|write) (?:to|with)|(?:who|that) (?:can|could) (?:actually |really )?(?:help|deal|sort|fix|answer|assist|look|call))\b
    (?:\A|[.!?] )(?:\w+[?!.,]* )?any(?:one|body) (?:there|home|real|at all|alive)\b
    \bsome(?:one|body) (?:please )?(?:real|human|who's not a (?:ro)?bot)\b
    \b(?:can|could|would|will) {_THE}(?:some(?:one|body)|any(?:one|body)|{_PERSON})(?: from (?:your |the )?\w+| please| actually)* (?:(?:call|phone|ring|contact|help|talk to|speak (?:to|with)|write (?:to|with)|get back to|get in touch with) (?:me|us)\b|(?:take (?:this |it )over|take over\W*\Z|deal with (?:me|this|it)|look (?:into|at) (?:this|it|my)))\b
    \b(?:have|get|let|ask|tell) (?:some(?:one|body)|any(?:one|body)|{_THE}{_STAFF})(?: to)? (?:call|phone|ring|contact|talk to|speak to|get back to|get in touch|look at (?:this|it)|look into|take over)\b
    \b(?:have|let) (?:please )?{_THE}{_PERSON} (?:please )?(?:help|look|take|handle|deal|check|answer|explain|decide|read)\b
    \b(?:I|we) (?:have |already )?asked (?:you )?for {_THE}(?:{_STAFF}|person)\b
    \bsome(?:one|body) else,? please\W*\Z
    \b(?:call|ring|phone) (?:me|us) back\b
    \bplease (?:call|ring|phone)(?: me| us)?(?: on| at|:)* ?\+?\d
    \b(?:appreciate|grateful for|like|want|need|request) (?:a |an )?(?:phone )?call from\b
    \b(?:want|need|request|like|arrange|schedule|book) (?:a |an )?(?:call[- ]?back|(?:phone )?call from)\b
    \b(?:can|could) you (?:please )?(?:call|phone|ring) me\b(?! an?\b)
    \b(?:talk|speak|chat|talking|speaking|chatting|dealing|deal|messing|arguing|writing)(?: to| with)? (?:an? |the |this |your |some )?(?:\w+ )?{_BOT}\b(?! (?:or|at|in)\b)
    \b(?:no more|enough (?:of|with)|stop with|sick of|tired of|fed up with|had enough of|hate|skip|turn off|switch off|get past|get around|bypass|out of|leave) (?:the |this |these |your |all these |stupid |talking to )*{_BOT}\b
    \b(?:this|the|your|that|you) (?:\w+ )?{_BOT}(?: thing)? (?:is |are |'s )?(?:so |really |absolutely |completely |totally |just |utterly |fucking |such )*{_USELESS}
    \b(?:stupid|useless|bloody|damn|dumb|worthless|fucking|idiotic|hopeless) (?:\w+ )?(?:chat ?bot|bot|robot|machine|ai)\b
    (?<!I'm )(?<!I am )\bnot (?:to )?(?:an?|the|this|your|another) (?:\w+ )?{_BOT}\b
    \b(?:human|person|agent|someone real|real person),? not (?:an? )?{_BOT}\b
    """
)
_BARE = re.compile(
    rf"\W*(?:(?:just|get me|give me|i want|i need|connect|need|want|now|ok|no|yes|real) )*(?:to )?(?:(?:speak|talk|chat)(?: to| with)? )?"
    rf"{_THE}(?:{_STAFF}|real person|live chat|customer (?:service|care|support)|person|call ?back)"
    rf"(?:(?:,? (?:please|pls|plz|now|asap|immediately|already|right now|thanks|thank you))|[\s!.?])*\W*",
    re.IGNORECASE,
)
# Who says that they need not, would not or only if they had to, asks for nobody.
_REFUSED = re.compile(
    r"\b(?:don't|do not|doesn't|didn't|no need to|not|never|rather not|without|instead of|avoid|rather than|hate|dislike"
    r"|does (?:an?|the|your)|did (?:an?|the|your))\b[^.!?;,]{0,40}\Z"
    r"|\b(?:do|does|did|would|will|if|when|whether|must|should|once|after|before|unless|until|that)(?: I| we)? ?\Z",
    re.IGNORECASE,
)
_WHY_NOT = re.compile(r"\bwhy (?:don't|do not|won't|can't)\b[^.!?;,]*\Z", re.IGNORECASE)
_OF_A_BOT = re.compile(rf"\b{_BOT}\b", re.IGNORECASE)

_NO_PERSON = phrases(
    rf"""
    \b(?:am I|are you|is this|is it|are these|will I)\b[^.!?]*\b(?:{_BOT}|humans?|persons?|people)\b
    \b(?:I'm|I am) not an? {_BOT}\b
    \b(?:don't|do not|no|not|rather not|needn't|without|won't)\b (?:\w+ ){{0,4}}?(?:agent|person|representative|adviser|colleague|manager|anyone|anybody|call|calls|callback|transferred|transfer|human)\b
    \b(?:would|will|do|must|should) (?:I|we|one) (?:have to |need to |must )?(?:call|phone|ring|speak|talk|contact)\b
    """
)
_ELSEWHERE = phrases(
    r"""
    \bmit (?:einem|einer|jemande?m?|ihrem|ihrer|ihren) ?(?:\w+ )?(?:menschen?|mitarbeiter(?:in|n)?|berater(?:in)?|kundenberater(?:in)?|person|kundendienst|vorgesetzten|agenten|ansprechpartner)?\b[^.!?]{0,25}\b(?:sprechen|reden|telefonieren|chatten|verbunden|verbinden)\b
    \bverbinden sie mich\b
    \b(?:echten|richtigen) menschen\b
    \A\W*(?:mitarbeiter|mensch|kundenberater)(?: bitte| sprechen)*\W*\Z
    \bparler (?:à|a|avec) (?:une?|quelqu'un|votre|le|la|des?) ?(?:vraie? |autre )?(?:humain|personne|conseill[eè]re?|agent|responsable|être humain|opérateur|opératrice|supérieur|service client)?\b
    \b(?:mettez|passez)[- ]moi (?:en (?:relation|contact|ligne) )?(?:avec |à )?(?:une?|quelqu'un|le|votre)\b
    \A\W*(?:un (?:conseiller|humain|agent)|conseiller)(?: s'il vous plaît| svp)*\W*\Z
    \bhablar con (?:alguien|(?:una?|el|la|su|alg[uú]n) (?:persona|humano|agente|asesor|asesora|operador|operadora|representante|supervisora?|gerente|encargad[oa]|ser humano))\b
    \b(?:p[aá]s[ae]me|comun[ií]queme|transfi[eé]r[ae]me|con[eé]cteme|ponme|p[oó]ngame) con\b
    \A\W*(?:un )?(?:agente|asesor|persona real)(?: humano)?(?: por favor)?\W*\Z
    """
)


def asks_for_person(text: str) -> bool:
    """Whether a readable message asks for a person in so many words."""
    if _BARE.fullmatch(text) or _ELSEWHERE.search(text):
        return True
    return any(not _is_refused(text, match) for match in _WANTS.finditer(text))


def wants_no_person(text: str) -> bool:
    """Whether a readable message that does not ask for a person says so, or asks who is answering."""
    return bool(_NO_PERSON.search(text)) or any(_is_refused(text, match) for match in _WANTS.finditer(text))


def _is_refused(text: str, match: re.Match[str]) -> bool:
    if _OF_A_BOT.search(match.group()):
        return False
    before = text[: match.start()]
    return bool(_REFUSED.search(before)) and not _WHY_NOT.search(before)
