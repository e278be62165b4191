"""Follow-ups that take back what the customer said before."""

from __future__ import annotations

from random import Random

from proxy.rehearsal.operators.operator import Operator, Scene, one_of, with_messages
from proxy.rehearsal.operators.seeing import says

NOT_SO = """
Wait, that is not what I meant before.
Forget what I said earlier, that was wrong.
No, it was the other way round.
"""
SIGNS = (
    r"\b(?:not what I (?:meant|said)|forget what I said|the other way (?:round|around)|changed my mind)\b",
    r"\b(?:sorry|no|wait|actually),? I meant\b",
)


def _contradiction(scene: Scene, random: Random) -> Scene:
    return with_messages(scene, lambda text: f"{one_of(random, NOT_SO)} {text}", turns_from=1)


CONTRADICTION = Operator(
    _contradiction, 0.05, "a customer in twenty changes their mind in between", seen=says(*SIGNS)
)
