"""A customer's message as it is read for its signs: bounded, without what it quotes, courtesies and odd characters."""

from __future__ import annotations

import re
import unicodedata

from proxy.grounding.claims.phrases import any_of

# A letter or a log pasted into a message: who wants a person says so where it begins or ends.
LONGEST_READ = 2_000  # characters
LONGEST_EMBEDDED = 800  # about what the encoder reads; of a longer message its beginning and its end

_QUOTED_LINE = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
_UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ufe0e\ufe0f]")
_SINGLE_QUOTES = re.compile("[\u2018\u2019\u201b\u02bc\u00b4`]")
_SPACE = re.compile(r"\s+")
_REPEATED = re.compile(r"([!?.,])[!?.,]*\1")
_IN_ADVANCE = "(?: in advance| for your (?:help|time|patience))?"
_COURTESY = re.compile(
    r"\b"
    + any_of(
        rf"""
        (?:hi|hello|hey)(?: there| again| everyone| team)?\b(?:\?+ )?
        good (?:morning|afternoon|evening|day)
        dear (?:sir or madam|sir/madam|sir|madam|team|all|support|customer service)
        (?:many |a million )?thanks(?: a lot| so much| very much| a bunch)?{_IN_ADVANCE}(?! for)
        thank you(?: so much| very much| kindly)?{_IN_ADVANCE}(?! for)
        if you don't mind
        if you would be so kind
        would you be so kind
        I hope you(?:'re| are) (?:well|having a (?:good|nice|great|lovely) (?:day|week))
        (?:hope you )?have a (?:nice|good|great|lovely) (?:day|evening|weekend|one)
        (?:best|kind|warm) (?:regards|wishes)
        (?:excuse|pardon) me
        (?:very )?(?:please|pls|plz|kindly|cheers(?! for))
        """
    )
    + r"\b[ ,!.;:)]*",
    re.IGNORECASE,
)


def readable(text: str) -> str:
    """What is read of a message: its own words, one space between them, at most LONGEST_READ characters."""
    own = _ends_of(_QUOTED_LINE.sub(" ", text), LONGEST_READ)
    own = _UNSEEN.sub("", unicodedata.normalize("NFKC", own.encode("utf-8", "replace").decode("utf-8")))
    # Cut once more: a single character can stand for eighteen.
    return _SPACE.sub(" ", _SINGLE_QUOTES.sub("'", _ends_of(own, LONGEST_READ))).strip()


def without_courtesies(text: str) -> str:
    """A readable text without greetings, please and thanks; the text itself where nothing else is in it."""
    plain = _REPEATED.sub(r"\1", _COURTESY.sub("", text)).rstrip(" !.,")
    return plain.strip() or text


def meaning_of(text: str) -> str:
    """What the encoder reads of a readable text: its beginning and its end, without courtesies."""
    return _ends_of(without_courtesies(text), LONGEST_EMBEDDED)


def _ends_of(text: str, longest: int) -> str:
    """The text, or its beginning and its end where it is longer."""
    return text if len(text) <= longest else f"{text[: longest // 2]}\n{text[-longest // 2 :]}"
