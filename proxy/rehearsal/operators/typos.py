"""Typing errors: letters swapped, dropped or doubled in one word of ten. Ids, numbers and addresses stay."""

from __future__ import annotations

import re
from random import Random

from lemminflect import getAllLemmas

from proxy.grounding.text.language import language_of
from proxy.rehearsal.operators.operator import Operator, Scene, with_messages
from proxy.rehearsal.operators.seeing import said_by_customer
from proxy.rehearsal.suite.model import Conversation

IN_WORDS = 0.1
_SMALL_WORD = re.compile(r"(?<![\w@.'’/-])[a-z]{4,}(?![\w@'’/-])")
_CONNECTING = frozenset(  # which the dictionary of inflected words leaves out
    """with from into onto upon until till because although though unless since than whereas among amid towards
    within without against during between beyond despite besides""".split()
)
_WORD = re.compile(r"(?<![\w@.-])[A-Za-z]{4,}(?![\w@-])")


def _typos(scene: Scene, random: Random) -> Scene:
    def slip(found: re.Match[str]) -> str:
        return _mistyped(found[0], random) if random.random() < IN_WORDS else found[0]

    return with_messages(scene, lambda text: _WORD.sub(slip, text))


def _mistyped(word: str, random: Random) -> str:
    at = random.randrange(1, len(word) - 1)
    before, here, after = word[:at], word[at], word[at + 1 :]
    return random.choice((before + after[0] + here + after[1:], before + after, before + here * 2 + after))


def _is_mistyped(conversation: Conversation) -> bool:
    """An English message has a word in small letters that no dictionary has."""
    return any(
        word not in _CONNECTING and not getAllLemmas(word)
        for text in said_by_customer(conversation)
        if language_of(text) in ("en", None)
        for word in _SMALL_WORD.findall(text)
    )


TYPOS = Operator(_typos, 0.3, "people write on telephones", seen=_is_mistyped)
