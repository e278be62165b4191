"""A second question in the same message, about something else."""

from __future__ import annotations

from random import Random

from proxy.rehearsal.operators.operator import Operator, Scene, one_of, with_messages

ALSO = """
Also, how do I change the e-mail address on my account?
And another thing: where can I see my old invoices?
By the way, do you have a telephone number that I can call?
Besides, can I get a receipt for last month?
"""


def _two_intents(scene: Scene, random: Random) -> Scene:
    return with_messages(scene, lambda text: f"{text} {one_of(random, ALSO)}")


TWO_INTENTS = Operator(_two_intents, 0.1, "a message in ten asks for two things")
