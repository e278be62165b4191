"""The customer has no time: it is said before or behind what they ask."""

from __future__ import annotations

from random import Random

from proxy.rehearsal.operators.operator import Operator, Scene, one_of, with_messages
from proxy.rehearsal.operators.seeing import says

HURRY = """
It is urgent, I have no time for this!
I am already on my way, so please be quick.
I need this settled right away.
URGENT!!
"""
SIGNS = (r"\b(?:urgent(?:ly)?|asap|right away|immediately|at once|in a hurry|as soon as possible)\b",)


def _urgency(scene: Scene, random: Random) -> Scene:
    def hurried(text: str) -> str:
        hurry = one_of(random, HURRY)
        return f"{hurry} {text}" if random.random() < 0.5 else f"{text} {hurry}"

    return with_messages(scene, hurried)


URGENCY = Operator(_urgency, 0.1, "a customer in ten is in a hurry", seen=says(*SIGNS))
