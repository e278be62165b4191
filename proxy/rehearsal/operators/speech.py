"""Speech that a machine wrote down: small letters, no marks, words that sound alike, and what people say between words.

Ids, numbers and addresses stay: what a machine makes of those would ask for something else.
"""

from __future__ import annotations

import re
from random import Random

from proxy.rehearsal.operators.operator import Operator, Scene, with_messages
from proxy.rehearsal.suite.model import Conversation

SOUND_ALIKE = {
    "their": "there",
    "there": "their",
    "your": "you're",
    "know": "no",
    "hear": "here",
    "fare": "fair",
    "right": "write",
    "mail": "male",
    "sent": "scent",
    "by": "buy",
    "would": "wood",
    "whole": "hole",
    "where": "wear",
    "plane": "plain",
    "which": "witch",
    "new": "knew",
}
SPOKEN_CHANNELS = ("phone", "telephone", "voice", "call")
BETWEEN = ("uh", "um", "well", "you know", "like")
IN_SOUNDS, IN_WORDS = 0.3, 0.05
_WORD = re.compile(r"(?<![\w@.#-])[A-Za-z']+(?![\w@#-])")
_MARKS = re.compile(r"[,;:!?]+(?=\s|\Z)|\.(?=\s|\Z)")


def _speech(scene: Scene, random: Random) -> Scene:
    def heard(found: re.Match[str]) -> str:
        word = found[0].lower()
        if word in SOUND_ALIKE and random.random() < IN_SOUNDS:
            word = SOUND_ALIKE[word]
        return f"{random.choice(BETWEEN)} {word}" if random.random() < IN_WORDS else word

    return with_messages(scene, lambda text: _WORD.sub(heard, _MARKS.sub("", text)))


def _is_spoken(conversation: Conversation) -> bool:
    return conversation.channel.lower() in SPOKEN_CHANNELS


SPEECH = Operator(_speech, 0.1, "one customer in ten speaks to their telephone, or calls", seen=_is_spoken)
