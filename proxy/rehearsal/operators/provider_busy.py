"""The provider is over its limit and answers 429, in one turn of five, and at least in one."""

from __future__ import annotations

from random import Random

from proxy.rehearsal.operators.operator import Operator, Scene, Trouble

IN_TURNS = 0.2
TOO_MANY_REQUESTS = 429


def _provider_busy(scene: Scene, random: Random) -> Scene:
    turns = len(scene.conversation.turns)
    hit = random.sample(range(turns), max(1, round(IN_TURNS * turns)))
    troubles = {number: Trouble(TOO_MANY_REQUESTS) for number in hit}
    return Scene(scene.conversation, {**scene.troubles, **troubles})


PROVIDER_BUSY = Operator(_provider_busy, 0.05, "a provider's bad hour hits a conversation in twenty")
