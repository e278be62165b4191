"""Where a sentence ends: a pure function of the text around one full stop, question mark or line break.

``sentencex`` knows the language's abbreviations; what customer service text needs beyond it stands here. The text that
a decision sees ends with the next word (or at a fixed length), so no decision changes when more text arrives.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import sentencex

from proxy.grounding.claims.bare_answers import BARE_ANSWER

STOPS = re.compile(r"[.!?…。！？｡\n]")

_FULL_STOPS = frozenset(".!?…。！？｡")
_WIDE_STOPS = frozenset("。！？｡")
_CLOSERS = frozenset("\"'”’»)]}*_~`")
_LONGEST_RUN = 8  # characters of "?!?!" that count as one stop
_LONGEST_CLOSE = 8  # quotes, brackets, emphasis after the stop
_LONGEST_GAP = 32  # white space up to the next word
_LONGEST_WORD = 40
_CONTEXT = 100  # characters before the stop that are looked at

_BEFORE_A_NAME = re.compile(
    r"(?<![\w.])(?:dr|mr|mrs|ms|mx|prof|st|sr|rev|hon|messrs|e\.?\s?g|i\.?\s?e|vs|cf|viz)\.\Z", re.IGNORECASE
)
_BEFORE_A_NUMBER_OR_WORD = re.compile(
    r"(?<![\w.])(?:approx|max|min|arts?|paras?|pars?|sect?|secs|figs?|ch|vol|nos?|pp|ext|tel|est|incl|excl|avg|dept|hrs?"
    r"|mins?|wks?|yrs?|mos?|refs?|cl|ca|mon|tues?|wed|thurs?|thu|fri|sat|sun|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov"
    r"|dec|kr|rs|etc|[ap]\.?\s?m|(?:[a-z]\.)+[a-z])\.\Z",
    re.IGNORECASE,
)
_ONLY_A_NUMBER = re.compile(r"[\s*_(]*(?:[0-9]{1,3}|[A-Za-z])\.[\s*_)]*\Z")
_OPEN_END = re.compile(
    r"(?:[,;(–—&/-]|\b(?:the|an?|of|to|for|and|or|in|on|at|by|with|from|within|than|as|that|your|our|is|are|be|will|can"
    r"|must|may|not|up|least|most|before|after))\s*\Z",
    re.IGNORECASE,
)
_BLOCK_START = re.compile(r"[-*+](?:\s|\Z)|[•◦▪●‣#|>]|1[.)](?:\s|\Z)|`{3}|~{3}")
_NUMBERED = re.compile(r"[0-9]{1,3}[.)](?:\s|\Z)")


@dataclass(frozen=True, slots=True)
class Stop:
    """A place where a sentence may end: ``text[at]`` is the stop, ``end`` follows its closing quotes and brackets, the
    next word is ``text[word:close]``."""

    at: int
    end: int
    word: int
    close: int


def stop_at(text: str, at: int, ended: bool) -> Stop | None:
    """What surrounds the stop at ``at``; None while the text that decides about it is not there yet."""
    if text[at] == "\n":
        end = at
        word = _span(text, at + 1, _LONGEST_GAP, lambda c: c.isspace() and c != "\n")
    else:
        run = _span(text, at, _LONGEST_RUN, _FULL_STOPS.__contains__)
        end = _span(text, run, _LONGEST_CLOSE, _CLOSERS.__contains__)
        if text[at] in _WIDE_STOPS and (end < len(text) or ended):
            return Stop(at, end, end, end)
        word = _span(text, end, _LONGEST_GAP, lambda c: c.isspace() and c != "\n")
    close = _span(text, word, _LONGEST_WORD, lambda c: not c.isspace())
    if close == len(text) and close - word < _LONGEST_WORD and not ended:
        return None
    return Stop(at, end, word, close)


def _span(text: str, start: int, limit: int, belongs: Callable[[str], bool]) -> int:
    end = start
    while end < len(text) and end - start < limit and belongs(text[end]):
        end += 1
    return end


def is_end(text: str, start: int, stop: Stop) -> bool:
    """Whether the sentence that begins at ``start`` ends at this stop."""
    if text[stop.at] == "\n":
        return _is_line_end(text, start, stop)
    if text[stop.at] in _WIDE_STOPS:
        return True
    if stop.at - start < 8 and _ONLY_A_NUMBER.match(text[start : stop.end]):
        return False
    before = text[max(start, stop.at - _CONTEXT) : stop.at + 1]
    word = text[stop.word : stop.close]
    if word and stop.end - start < _CONTEXT and BARE_ANSWER.fullmatch(text, start, stop.end):
        return False
    if _BEFORE_A_NAME.search(before):
        return False
    if word[:1].islower() or word[:1].isdigit():
        dotted = text[stop.at] == "…" or text[stop.at : stop.at + 2] == ".."
        if (dotted and word[:1].islower()) or _BEFORE_A_NUMBER_OR_WORD.search(before):
            return False
    if ")" in text[stop.at : stop.end] and word[:1].isupper() and stop.word > stop.end:
        return True
    return _library_sees_an_end(text, start, stop)


def _library_sees_an_end(text: str, start: int, stop: Stop) -> bool:
    begin = max(start, stop.at - _CONTEXT)
    window = text[begin : stop.close].replace("\n", " ")
    if stop.word == stop.close:
        window = f"{text[begin : stop.end]} Then"
    last = max(stop.word, stop.end + 1)
    ends = (begin + boundary["end_index"] for boundary in sentencex.get_sentence_boundaries("en", window))
    return any(stop.at < end <= last for end in ends if end < begin + len(window))


def _is_line_end(text: str, start: int, stop: Stop) -> bool:
    """Whether a line break ends the sentence; a sentence that was only wrapped goes on in the next line."""
    word = text[stop.word : stop.close]
    line = text[max(start, stop.at - _CONTEXT) : stop.at].rstrip()
    if not word or _BLOCK_START.match(text[stop.word : stop.close + 1]):
        return True
    if _OPEN_END.search(line) or _BEFORE_A_NAME.search(line):
        return False
    if line.rstrip("*_").endswith(":"):
        return True
    return not (
        word[0].islower() or (word[0].isdigit() and not _NUMBERED.match(text[stop.word : stop.close + 1]))
    )
