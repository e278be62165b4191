"""Whether a message is about the topic of an open case."""

from __future__ import annotations

from collections.abc import Sequence

from proxy.grounding.claims.account_signs import CODE
from proxy.grounding.claims.phrases import any_of, any_word, phrases
from proxy.grounding.messages.reading import meaning_of, readable
from proxy.grounding.policy.features import Embed

SAME_TOPIC = 0.32  # cosine; set on the part ``dev`` of tests/data/case_topics.jsonl

_CASE = any_word("case complaint claim ticket issue problem matter enquiry inquiry dispute")
_SINCE = any_of("said|wrote|told you|explained|reported|complained|asked")
# What means nothing by itself and in an open case the case.
_OF_THE_CASE = phrases(
    rf"""
    \b(?:any|some|no) (?:news|updates?|progress)\b
    \A\W*(?:an? )?(?:status |quick )?(?:updates?|news)\b
    \b(?:my|this|our|the open|the same) (?:\w+ )?{_CASE}\b
    \bstill (?:nothing|no (?:answer|reply|news|response|solution)|waiting|not (?:solved|resolved|fixed))\b
    \b(?:as|like) I(?:'ve| have)? (?:already )?{_SINCE}\b
    \bwhat(?:'s| is) (?:happening|going on)\b
    """
)


def asks_about_case(text: str) -> bool:
    """Whether a message asks how a case stands, whatever the case is about ("any news?")."""
    return bool(_OF_THE_CASE.search(readable(text)))


def same_topic(text: str, other_texts: Sequence[str], embed: Embed) -> bool:
    """Whether a message is about what any of the other texts (an open case's messages, or its summary) is about.

    A message that asks how a case stands, without naming another topic, is about the open one.
    """
    own = readable(text)
    others = [other for other in map(readable, other_texts) if other]
    if not own or not others:
        return False
    if asks_about_case(own) or set(CODE.findall(own)) & set(CODE.findall(" ".join(others))):
        return True
    meaning = embed(meaning_of(own))
    return any(float(meaning @ embed(meaning_of(other))) >= SAME_TOPIC for other in others)
