"""A bare "Yes." says nothing by itself, and everything about the question that it answers.

Followed by a sentence it is one segment with it (sentence_ends.py). Alone, after a question that can be answered by yes
or no, it is a claim that no document can be held against: it is not supported, and policy's own words stand in for it.
"""

from __future__ import annotations

import re

_VERB = "(?:can|may|do|does|is|are|will|must|should|has|have)(?:n't| not)?"
_WORDS = (
    r"yes|yeah|yep|yup|no|nope|sure|of course|certainly|absolutely|definitely|correct|exactly|indeed|right|sure thing"
    r"|that(?:'s| is) (?:right|correct|true|fine|possible|allowed)|(?:yes|no),? (?:sir|ma'am|indeed|of course)"
    rf"|(?:(?:yes|no),? )?(?:you|it|we|they|he|she|that|there) {_VERB}"
    r"|(?:unfortunately|i'm afraid|certainly|of course) not|not at all|yes and no"
)
BARE_ANSWER = re.compile(
    rf"[\s*_\"“]{{0,4}}(?:{_WORDS})[\s*_\"”]{{0,4}}[.!…]{{0,3}}[*_\"”)]{{0,4}}", re.IGNORECASE
)

_LAST_QUESTION = re.compile(r"([^.?!\n]{1,400})\?[^?]{0,400}\Z")
_TAG = re.compile(
    r",\s*(?:right|correct|yes|no|ok(?:ay)?|isn't it|can't I|don't I|won't I)\s*\Z", re.IGNORECASE
)
_OPEN = re.compile(
    r"(?:\w+,? )?(?:what|when|where|which|who|whom|whose|why|how|(?:can|could|would|will|do|did) you|are you)\b",
    re.IGNORECASE,
)


def is_bare_answer(text: str) -> bool:
    """Whether the whole text is nothing but a yes or no."""
    plain = text.replace("’", "'").strip()
    return bool(BARE_ANSWER.fullmatch(plain))


def asks_yes_or_no(question: str | None) -> bool:
    """Whether the customer's last question can be answered by yes or no and is no request to the assistant."""
    found = _LAST_QUESTION.search((question or "")[-1000:].replace("’", "'"))
    if found is None:
        return False
    asked = found[1].strip()
    return bool(_TAG.search(asked)) or not _OPEN.match(asked)
