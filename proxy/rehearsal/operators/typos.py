"""Typing errors: letters swapped, dropped or doubled in one word of ten. Ids, numbers and addresses stay."""

from __future__ import annotations

import re
from random import Random

from proxy.rehearsal.operators.operator import Operator, Scene, with_messages

IN_WORDS = 0.1
_WORD = re.compile(r"(?<![\w@.-])[A-Za-z]{4,}(?![\w@-])")


def _typos(scene: Scene, random: Random) -> Scene:
    def slip(found: re.Match[str]) -> str:
        return _mistyped(found[0], random) if random.random() < IN_WORDS else found[0]

    return with_messages(scene, lambda text: _WORD.sub(slip, text))


def _mistyped(word: str, random: Random) -> str:
    at = random.randrange(1, len(word) - 1)
    before, here, after = word[:at], word[at], word[at + 1 :]
    return random.choice((before + after[0] + here + after[1:], before + after, before + here * 2 + after))


TYPOS = Operator(_typos, 0.3, "people write on telephones")
