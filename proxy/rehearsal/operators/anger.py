"""Anger around what the customer asks."""

from __future__ import annotations

from random import Random

from proxy.rehearsal.operators.operator import Operator, Scene, one_of, with_messages
from proxy.rehearsal.operators.seeing import says

BEFORE = """
This is ridiculous.
I am really fed up with this.
I have been waiting for hours!!
Are you serious?
"""
AFTER = """
I need an answer NOW.
This is not what I pay for!
Just tell me already.
"""
SIGNS = (
    r"\b(?:ridiculous|unacceptable|outrageous|furious|disgusting|angry|fed up|sick of)\b",
    r"\b(?:worst|terrible|awful|horrible) (?:service|company|experience)\b",
    r"!!",
)


def _anger(scene: Scene, random: Random) -> Scene:
    return with_messages(scene, lambda text: f"{one_of(random, BEFORE)} {text} {one_of(random, AFTER)}")


ANGER = Operator(_anger, 0.1, "a customer in ten is angry", seen=says(*SIGNS))
