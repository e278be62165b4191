"""What in a message's wording speaks for or against a sign without settling it; the classifier weighs them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from proxy.grounding.claims.phrases import any_of, any_word
from proxy.grounding.messages.account_wording import asks_in_general, concerns_account
from proxy.grounding.messages.complaint_wording import complains, is_content
from proxy.grounding.messages.person_wording import asks_for_person, wants_no_person
from proxy.grounding.messages.request_frames import COUNTER_FRAMES, FRAMES, cue

Cue = Callable[[str], bool]


def _seen(pattern: str) -> Cue:
    compiled = re.compile(pattern, re.IGNORECASE)
    return lambda text: bool(compiled.search(text))


_PERSON = any_word(
    r"""humans? persons? people someone somebody anyone anybody agents? reps? representativ\w* advis[eo]rs? operators?
    managers? supervisors? employees? colleagues? staff team members? specialists? experts? technicians? boss
    authority"""
)
_TALK = any_word(
    r"""talk\w* speak\w* chat call\w* phone\w* ring contact discuss\w* connect\w* transfer\w* escalat\w* put pass\w*
    hand hear"""
)
_MACHINE = any_word(
    "bots? chatbots? robots? machines? computers? software automated automatic ai script canned generated menus?"
)
_ANGER = any_word(
    r"""unacceptable disgrac\w+ outrag\w+ appall?\w+ disgust\w+ furious ridiculous useless pathetic joke rubbish worst
    angry unbelievable disappoint\w+ horrible terrible terribly rude ignor\w+ lied lie ruin\w* unfair fed\sup sick\sof
    refuse\w* broken wrong nobody nothing incompetent shame dare kidding hopeless filthy"""
)
_AGAIN = any_word(
    r"""again still yet twice third fourth times weeks? months? days? hours? ages every keeps? keep another already\w*
    ever never since waiting"""
)
_ORDER = any_word(
    """cancel change move switch upgrade update close block unblock activate add remove delete raise reset book send
    select put turn take stop transfer start proceed confirm charge check order downgrade rebook make"""
)
_PAST = any_word(
    """paid cancelled canceled ordered bought booked lost sent signed wrote written was were had been got received
    forgot moved told promised charged called reported asked applied agreed flew waited gave given explained"""
)
_I_WANT = any_of("like|want|need|prefer|rather|insist|demand|wish|expect")
_MUST = any_of("have to|need to|need|must|charge|offer|sell|fly")
_YOUR_PEOPLE = r"(?:you|your (?:\w+ ){1,3}?)"
_DAY = any_of(
    r"""
    today|tomorrow|tonight|yesterday
    this (?:morning|afternoon|evening|month|week|year)
    last (?:night|week|month|year|\w+day)
    (?:on|next|the) (?:\w+day|\d+(?:st|nd|rd|th))
    """
)
_MYSELF = any_of(
    r"""
    my name is|under the name|born|date of birth
    (?:I'm|I am|this is) [A-Z]\w+ [A-Z]\w+
    \w+_\w+_?\d*|\S+@\S+
    """
)

# The order is that of the stored weights.
CUES: dict[str, Cue] = {
    "asks for a person": asks_for_person,
    "wants no person": wants_no_person,
    "complains": complains,
    "is content": is_content,
    "concerns the account": concerns_account,
    "asks in general": asks_in_general,
    "a person": _seen(rf"\b{_PERSON}\b"),
    "talks": _seen(rf"\b{_TALK}\b"),
    "talks, a person": _seen(rf"\b{_TALK}\b[^.!?]{{0,30}}\b{_PERSON}\b"),
    "a person, talks": _seen(rf"\b{_PERSON}\b[^.!?]{{0,25}}\b{_TALK}\b"),
    "a machine": _seen(rf"\b{_MACHINE}\b"),
    "real": _seen(r"\b(?:real|actual|live|human|alive)\b"),
    "wishes": _seen(rf"\b(?:I|we)(?:'d| would| really)* {_I_WANT}\b|\b(?:let me|get me|give me|wanna)\b"),
    "mine": _seen(r"\b(?:my|mine|our|ours)\b"),
    "I did": _seen(rf"\b(?:I|we)(?:'ve| have|'d| had| was| were)? (?:\w+ )?{_PAST}\b"),
    "you did": _seen(
        rf"\b{_YOUR_PEOPLE}(?:'ve|have|had|just|people)? ?"
        rf"(?:\w+ed|{_PAST}|lost|sold|put|cut|took|broke|spilled|hung|froze|keep|still)\b"
    ),
    "am I": _seen(r"\b(?:am|did|do|have|was) I\b(?! (?:have to|need|must))"),
    "do I have to": _seen(
        rf"\b(?:do|does|would|will|must|should) (?:I|we|one|someone|a person|you) {_MUST}\b|\bmust I\b"
    ),
    "if": _seen(r"\b(?:if|when|in case|unless|suppose)\b"),
    "can I": _seen(r"\b(?:can|may|could) (?:I|we|one|a|an|another|someone|somebody|my|the|two|people)\b"),
    "can you": _seen(r"\b(?:can|could|would|will) (?:you|u)\b"),
    "a question word": _seen(r"\A\W*(?:and |so |but )*(?:what|which|how|when|where|who|is|are|do|does)\b"),
    "asks": lambda text: "?" in text,
    "exclaims": lambda text: "!" in text,
    "orders": _seen(
        rf"(?:\A\W*(?:please |yes,? |ok,? )*|please |, |(?:can|could|will|would) (?:you|u) (?:please )?){_ORDER}\b"
    ),
    "a number": _seen(r"\d"),
    "anger": _seen(rf"\b{_ANGER}\b"),
    "again": _seen(rf"\b{_AGAIN}\b"),
    "the word complaint": _seen(r"\bcomplain\w*"),
    "do I have": _seen(
        r"\b(?:do|did) (?:I|we) (?:still |already |also )?(?:have (?!to\b)|owe|agree)"
        r"|\b(?:am|are|was|were|have|has) (?:I|we)\b|\b(?:plan|number|seat|tariff|card|rate)s? (?:am|do|did) I\b"
    ),
    "agrees": _seen(
        r"\A\W*(?:yes|ok|okay|sure|no|that's right|right)\b.{3,}|\b(?:go ahead|proceed|confirm|do (?:that|it))\b"
    ),
    "for me": _seen(r"\b(?:for|on) (?:me|us|it)\W*\Z|\b(?:sign|put|move|book|send|add|get) (?:me|us)\b"),
    "who I am": _seen(rf"\b{_MYSELF}\b"),
    "a day": _seen(rf"\b{_DAY}\b"),
    "thanks": _seen(r"\b(?:thanks?|great|love|wonderful|perfect|lovely)\b"),
    "short": lambda text: len(text) < 20,
    "no": _seen(r"\b(?:no|not|n't|don't|can't|won't|doesn't|isn't|hasn't|didn't|never)\b"),
}
CUES |= {name: partial(cue, frame) for name, frame in (FRAMES | COUNTER_FRAMES).items()}


def cues_of(text: str) -> list[float]:
    """1 for each cue that a readable message has, else 0, in the order of CUES."""
    return [float(cue(text)) for cue in CUES.values()]
