"""A second question in the same message, about something else."""

from __future__ import annotations

import re
from random import Random

from proxy.rehearsal.operators.operator import Operator, Scene, one_of, with_messages
from proxy.rehearsal.operators.seeing import said_by_customer
from proxy.rehearsal.suite.model import Conversation

ALSO = """
Also, how do I change the e-mail address on my account?
And another thing: where can I see my old invoices?
By the way, do you have a telephone number that I can call?
Besides, can I get a receipt for last month?
"""
_ANOTHER = re.compile(r"\b(?:also|another thing|by the way|besides)\b[^?]*\?", re.IGNORECASE)


def _two_intents(scene: Scene, random: Random) -> Scene:
    return with_messages(scene, lambda text: f"{text} {one_of(random, ALSO)}")


def _asks_twice(conversation: Conversation) -> bool:
    """One message has two questions, each with its mark, or a question that says itself that it is another one."""
    said = said_by_customer(conversation)
    return any(text.count("?") > 1 or _ANOTHER.search(text) for text in said)


TWO_INTENTS = Operator(_two_intents, 0.1, "a message in ten asks for two things", seen=_asks_twice)
