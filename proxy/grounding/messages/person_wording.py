"""The wordings by which a customer asks for a person instead of the chatbot, one a line.

Each is meant to be certain: what only sounds like it ("may another person use my ticket?", "do I need to talk to
an agent?") must not match. Of German, French and Spanish there is the plain wish only.
"""

from __future__ import annotations

import re

from proxy.grounding.claims.phrases import any_of, any_word, phrases
from proxy.grounding.messages.request_frames import requested

_REAL = any_word("real live actual human proper different senior competent")
_WHICH = any_of("an?|the|your|one of your|some|any|another|whoever is the")
_THE = rf"(?:{_WHICH} )?(?:{_REAL},? ){{0,2}}"
_SOMEONE = "(?:(?:some|any)(?:one|body))"
_REPRESENTATIVE = r"(?:agents?|reps?|repr\w*s\w*nt\w*|advis[eo]rs?|operators?)"
# What nobody but the company's people is called, whatever stands beside it.
_STAFF = any_of(
    rf"""
    hum+[aeo]n+s?(?: beings?| agents?| support| help| assistance)?
    (?:real|live|actual) (?:people|persons?|{_SOMEONE}|one|chat|support|{_REPRESENTATIVE})
    (?:customer |support |service |call[- ]cent(?:re|er) )*{_REPRESENTATIVE}
    (?:customer|support|service|shift|duty|floor|branch|line|general|account|store) (?:managers?|staff|specialists?)
    supervisors?|managers?|team leads?(?:er)?|superiors?
    """
)
_DEPARTMENT = any_word("support service complaints? refunds? escalations? billing retention claims baggage")
_PERSON = any_of(
    rf"""
    {_STAFF}
    {_SOMEONE}(?! else')
    persons?|people|man|woman
    customer (?:service|services|support|care|relations|success)
    (?:the |your )?{_DEPARTMENT} (?:team|department|desk|line|people|staff)
    (?:staff|team) members?|members? of (?:your )?(?:staff|team)|crew members?
    employees?|staff|your team|colleagues?|boss|technicians?|engineers?|(?:the )?person in charge
    """
)
_SOMEWHERE_ELSE = any_of(
    """
    on board|named|sitting|seated
    from (?:the|your|my) (?:union|press|embassy)
    at (?:the|your) (?:event|conference)
    """
)
_NOT_THERE = rf"(?! {_SOMEWHERE_ELSE}\b)"
_PASSED_ON = any_of(
    "connected|transferred|escalated|passed|forwarded|handed over|put through|put in touch|through"
)
_TALK = any_of(
    rf"""
    (?:spea?k|talk|chat)(?:ing)?(?: directly| now| today| instead)?(?: to| with)
    (?:be |get |being |getting )?{_PASSED_ON}(?: on| over| through)?(?: to| with)
    (?:reach|contact|get hold of|get in touch with|get through to|hear from|deal with|be called by)
    (?:have|having) (?:a )?(?:word|chat|conversation|call) with
    discuss (?:this|it|that|my [\w ]{{2,30}}?) with
    (?:explain|tell|show|describe|report)(?: (?:it|this|that))?(?: to)?
    """
)
_WISH = any_of(
    r"""
    (?:would|'d)(?: really| very much| much)? (?:like|love|prefer|appreciate)(?: it if I could)?
    (?:really |still |just |only |urgently |desperately )*(?:want|need|demand|wish|prefer|insist on|request|require)
    (?:have|'ve got|am trying|'m trying|been trying|am asking|'m asking|have asked|keep asking)
    asked|would rather|'d rather
    wanna|gotta|wish to|insist
    """
)
_I_WISH = rf"\b(?:I|we)(?:'ve| would|'d)? ?{_WISH}"
_CAN_I = r"\b(?:can|could|may|might|how (?:do|can|could)) (?:I|we)(?: please| just| possibly)*"
_MATTER = any_word("case call issue chat conversation complaint problem matter ticket request")
_ME = rf"(?:me|us|this|it|(?:my|this|the) {_MATTER})"
_HAND_OVER = any_word(
    "connect transfer forward refer direct switch redirect route escalate patch bring get pass put hand"
)
_HANDED_TO = (
    rf"(?:{_THE}{_PERSON}|the (?:next|right) (?:level|person)|(?:second|2nd)[- ]level|a higher level)"
)
_NOT_THEIRS = (
    r"(?:'s| (?:code|number|fee|id|account|approval|signature|login|card|position|job|to sign|as (?:a|my)))"
)
_AVAILABLE = any_of(
    r"""
    there|home|alive|out there|real
    (?:that |who |whom )?I (?:can|could|might|may) (?:speak|talk|chat|complain|write) (?:to|with)
    (?:who|that) (?:can|could) (?:actually |really )?(?:help me|deal|sort|fix|answer me|assist me|look|call)
    (?:who|that) (?:can|could) (?:actually |really )?(?:decide|review|make an exception)
    """
)
_HIGHER = "(?: else| higher up| above you| in charge| or an? [\\w-]+)*"
_CALLS = any_of(
    "call|phone|ring|contact|help|talk to|speak (?:to|with)|write (?:to|with)|get (?:back to|in touch with)"
)
_TAKES_OVER = any_of(
    r"""
    take (?:this |it )over|take over\W*\Z
    deal with (?:me|this|it)|look (?:into|at) (?:this|it|my)
    """
)
_HELPS = any_word("help look take handle deal check answer explain decide read")
_BOT = any_of(
    r"""
    (?:chat ?|ro)?bots?|machines?|a\.?i\.?|computers?|assistant
    automated (?:\w+ )?\w+|virtual (?:assistant|agent)s?
    """
)
_VERY = any_word("so really absolutely completely totally just utterly fucking such")
_USELESS = any_of(
    r"""
    useless|worthless|pointless|hopeless|stupid|dumb|rubbish|garbage|crap|pathetic|a joke|an idiot|annoying
    terrible|broken
    a waste of (?:my )?time|(?:of )?no (?:use|help)|not (?:helping|working|helpful|understanding)
    (?:can't|cannot|doesn't|does not|won't|isn't|never) (?:even )?(?:help|understand|get it|listen|answer)\w*
    going (?:round|around) in circles|driving me (?:mad|crazy|nuts)
    """
)
_ENOUGH = any_of(
    """
    no more|enough (?:of|with)|stop with|sick of|tired of|fed up with|had enough of|hate
    skip|turn off|switch off|get past|get around|bypass|out of|leave
    """
)
_THESE = any_of("the|this|these|your|all these|stupid|talking to")

_TALKING = "(?:talk|speak|chat|deal|mess|argu|writ)(?:ing|e)?"
_DAMNED = any_word("stupid useless bloody damn dumb worthless fucking idiotic hopeless")

_WANTS = phrases(
    rf"""
    {_I_WISH} (?:to )?(?:please )?{_TALK} {_THE}{_PERSON}\b{_NOT_THERE}
    {_I_WISH}(?: to have)? (?:an?|some|the|your) (?:{_REAL},? )*{_STAFF}\b(?!{_NOT_THEIRS}\b)
    {_CAN_I} {_TALK} {_THE}{_PERSON}\b{_NOT_THERE}(?! (?:else )?(?:during|on (?:the|a) (?:plane|flight)))
    \bwhy (?:can't|cannot|won't|don't) (?:I|we|you) (?:just |let me |let us )*{_TALK} {_THE}{_PERSON}\b
    \blet (?:me|us) (?:please )?{_TALK} {_THE}{_PERSON}\b
    \b(?:to|or|and|perhaps|maybe|please|rather|just) (?:speak|talk) (?:to|with) {_THE}{_STAFF}\b{_NOT_THERE}
    \b(?:I|we) (?:have |already )?asked (?:you )?for {_THE}(?:{_STAFF}|person)\b

    \b{_HAND_OVER} {_ME}(?: back| over| on| up| through| straight)*(?: to| with)? {_HANDED_TO}\b
    \b(?<!you )(?<!we were )(?:put|pass) {_ME} through\b(?! (?:the|my|your) (?:scanner|x-ray|letterbox))
    \b(?:transfer|connect) (?:me|us)(?= *(?:[.!?,]|\Z))
    \b(?:transfer|connect) (?:me|us) (?:now|please|immediately|already|asap|right away|right now|then)\b
    \b(?:please|must|to|can you|could you|will you|I want you to) escalate (?:this|it|my {_MATTER})\b
    \b(?:want|need|like) (?:this|it|my {_MATTER}) (?:to be )?escalated\b
    \b(?:have|let) (?:please )?{_THE}{_PERSON} (?:please )?{_HELPS}\b

    \b(?:give|get|find|send|show) me (?:an?|the|your|some) (?:{_REAL} )*(?:{_STAFF}|person)\b(?!{_NOT_THEIRS}\b)
    \b(?:get|give|find) me {_SOMEONE} (?:who|that|real|else|competent|with|in charge)\b
    \bis (?:there )?(?:{_SOMEONE}|a (?:{_REAL} )?(?:person|human|agent)|any {_STAFF}){_HIGHER} {_AVAILABLE}\b
    (?:\A|[.!?] )(?:\w+[?!.,]* )?any(?:one|body) (?:there|home|real|at all|alive)\b
    \bsome(?:one|body) (?:please )?(?:real|human|who's not a (?:ro)?bot)\b
    \bsome(?:one|body) else,? please\W*\Z

    \b(?:can|could|would|will) {_THE}{_PERSON}(?: from (?:your |the )?\w+| please| actually)* {_CALLS} (?:me|us)\b
    \b(?:can|could|would|will) {_THE}{_PERSON}(?: from (?:your |the )?\w+| please| actually)* {_TAKES_OVER}
    \b(?:have|get|let|ask|tell) (?:{_SOMEONE}|{_THE}{_STAFF})(?: to)? (?:{_CALLS}|look (?:at|into) (?:this|it))\b
    \b(?:have|get|let|ask|tell) (?:{_SOMEONE}|{_THE}{_STAFF})(?: to)? take over\b
    \b(?:call|ring|phone) (?:me|us) back\b
    \bplease (?:call|ring|phone)(?: me| us)?(?: on| at|:)* ?\+?\d
    \b(?:appreciate|grateful for|like|want|need|request) (?:a |an )?(?:phone )?call from\b
    \b(?:want|need|request|like|arrange|schedule|book) (?:a |an )?call[- ]?back\b
    \b(?:can|could) you (?:please )?(?:call|phone|ring) me\b(?! an?\b)

    \b{_TALKING}(?: to| with)? (?:an? |{_THESE} )?(?:\w+ )?{_BOT}\b(?! (?:or|at|in)\b)
    \b{_ENOUGH} (?:{_THESE} )*{_BOT}\b
    \b(?:this|the|your|that|you) (?:\w+ )?{_BOT}(?: thing)?(?: is| are|'s)? (?:{_VERY} )*{_USELESS}
    \b{_DAMNED} (?:\w+ )?(?:chat ?bot|bot|robot|machine|ai)\b
    (?<!I'm )(?<!I am )\bnot (?:to )?(?:an?|the|this|your|another) (?:\w+ )?{_BOT}\b
    \b(?:human|person|agent|someone real|real person),? not (?:an? )?{_BOT}\b
    """
)
_ALONE = any_of(f"{_STAFF}|real person|live chat|customer (?:service|care|support)|person|call ?back")
_LONGEST_BARE = 80  # characters
_BARE = re.compile(
    r"\W*(?:(?:just|get me|give me|i want|i need|connect|need|want|now|ok|no|yes|real) )*(?:to )?"
    rf"(?:(?:speak|talk|chat)(?: to| with)? )?{_THE}{_ALONE}"
    r"(?:,? (?:please|pls|plz|now|asap|immediately|already|right now|thanks|thank you)|[\s!.?])*\W*",
    re.IGNORECASE,
)
# Who says that they need not, would not or only if they had to, asks for nobody.
_NOT = any_of(
    """
    don't|do not|doesn't|didn't|not|never|no need to|without|avoid|hate|dislike
    rather (?:not|than)|instead of
    (?:does|did) (?:an?|the|your)
    """
)
_REFUSED = re.compile(
    rf"\b{_NOT}\b[^.!?;,]{{0,40}}\Z"
    r"|\b(?:do|does|did|would|will|if|when|whether|must|should|once|after|before|unless|until|that)(?: I| we)? ?\Z"
    r"|\b(?:do|does|must|will|would|should) (?:I|we|one)\b(?! be able)[^.!?;,]{0,25}\Z",
    re.IGNORECASE,
)
_WHY_NOT = re.compile(r"\bwhy (?:don't|do not|won't|can't)\b[^.!?;,]*\Z", re.IGNORECASE)
_OF_A_BOT = re.compile(rf"\b{_BOT}\b", re.IGNORECASE)
_CONTACT = any_of(
    "agent|person|representative|adviser|colleague|manager|any(?:one|body)|calls?|callback|transfer(?:red)?|human"
)
_NO_PERSON = phrases(
    rf"""
    \b(?:am I|are you|is this|is it|are these|will I)\b[^.!?]{{0,60}}\b(?:{_BOT}|humans?|persons?|people)\b
    \b(?:I'm|I am) not an? {_BOT}\b
    \b(?:don't|do not|no|not|rather not|needn't|without|won't)\b (?:\w+ ){{0,4}}?{_CONTACT}\b
    \b(?:I'll|I will) (?:\w+ )?(?:contact|call|reach out|get in touch|get back|come back|talk|speak|write|gather)\b
    \btalk (?:to you )?(?:soon|later)\b
    \b(?:would|will|do|must|should) (?:I|we|one) (?:have to |need to |must )?(?:call|phone|ring|speak|talk|contact)\b
    """
)

_MENSCH = any_word(
    r"menschen? mitarbeiter(?:in|n)? berater(?:in)? kundenberater(?:in)? person kundendienst vorgesetzten agenten"
)
_SPRECHEN = any_word("sprechen reden telefonieren chatten verbunden verbinden")
_HUMAIN = any_of(
    "humain|personne|conseill(?:er|ère)|agent|responsable|être humain|opérateur|opératrice|service client"
)
_HUMANO = any_word(
    r"""persona humano agente asesora? operadora? representante supervisora? gerente encargad[oa] ser\shumano
    operador supervisor asesor"""
)
_QUELQU_UN = rf"(?:quelqu'un|(?:une?|votre|le|la|des?) (?:vraie? |autre )?{_HUMAIN})"
_ALGUIEN = rf"(?:alguien|(?:una?|el|la|su|alg[uú]n) {_HUMANO})"
_PASEME = "(?:p[aá]s[ae]me|comun[ií]queme|transfi[eé]r[ae]me|con[eé]cteme|p[oó]ngame)"
_ELSEWHERE = phrases(
    rf"""
    \bmit (?:jemande?m?|(?:eine[mr]|ihre[mnr]) (?:\w+ )?{_MENSCH})\b[^.!?]{{0,25}}\b{_SPRECHEN}\b
    \bverbinden sie mich (?:bitte )?mit\b
    \b(?:echten|richtigen) menschen\b
    \A\W*(?:mitarbeiter|mensch|kundenberater)(?: bitte| sprechen)*\W*\Z
    \bparler (?:à|a|avec) {_QUELQU_UN}\b
    \b(?:mettez|passez)[- ]moi (?:en (?:relation|contact|ligne) )?(?:avec |à )?{_QUELQU_UN}\b
    \A\W*(?:un )?(?:conseiller|humain)(?: s'il vous plaît| svp)*\W*\Z
    \bhablar con {_ALGUIEN}\b
    \b{_PASEME} con {_ALGUIEN}\b
    \A\W*(?:un )?(?:agente|asesor|persona real)(?: humano)?(?: por favor)?\W*\Z
    """
)


def asks_for_person(text: str) -> bool:
    """Whether a readable message asks for a person in so many words."""
    if len(text) <= _LONGEST_BARE and _BARE.fullmatch(text):
        return True
    if _ELSEWHERE.search(text) or requested(text):
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
