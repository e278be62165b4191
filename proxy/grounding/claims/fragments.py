"""Which values of structured data are sentences: what says something by itself, unlike a name, a code or a word."""

from __future__ import annotations

import re

from proxy.grounding.claims.assertions import has_verb
from proxy.grounding.claims.bare_answers import is_bare_answer
from proxy.grounding.values.finding import ValueKind, values_of

LONGEST_NAME = 5  # words; what has more is no name
_STOP = re.compile(r"[.!?…][\"'”’)*_]*\Z")


def is_sentence(text: str) -> bool:
    """Whether a value is to be judged: a clause, a bare "Yes.", a limit in words ("up to 90 days after travel")."""
    text = text.strip()
    words = text.split()
    if is_bare_answer(text):
        return True
    if len(words) < 2:
        return False
    if len(words) > LONGEST_NAME or has_verb(text) or _STOP.search(text):
        return True
    return len(words) > 2 and any(value.kind is not ValueKind.COUNT for value in values_of(text))
