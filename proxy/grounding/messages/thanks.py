"""Whether a message gives thanks for an answer, and does nothing else."""

from __future__ import annotations

import re

from proxy.grounding.messages.reading import readable

MOST_WORDS = 14
_THANKS = re.compile(
    r"\b(?:thanks|thank you|thx|cheers|much appreciated|that helps|that helped|that answers (?:it|my question)|"
    r"(?:it'?s|it is|that'?s|all) (?:solved|sorted|settled|fixed|clear(?: now)?))\b",
    re.IGNORECASE,
)
# What takes it back, or asks for something else.
_BUT = re.compile(
    r"\?|\b(?:but|however|not|never|no|nothing|still|yet|isn'?t|doesn'?t|didn'?t|can'?t|cannot|wrong|please|unless|if|"
    r"for nothing)\b",
    re.IGNORECASE,
)


def gives_thanks(text: str) -> bool:
    """Only where nothing else is said: what is not clearly content counts as no word about the answer at all."""
    said = readable(text)
    return len(said.split()) <= MOST_WORDS and bool(_THANKS.search(said)) and not _BUT.search(said)
