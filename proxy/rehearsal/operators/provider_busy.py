"""The provider is over its limit and answers 429, in one turn of five, and at least in one."""

from __future__ import annotations

from random import Random

from proxy.rehearsal.operators.operator import Needs, Operator, Scene, Trouble, with_troubles

IN_TURNS = 0.2
TOO_MANY_REQUESTS = 429


def _provider_busy(scene: Scene, random: Random) -> Scene:
    return with_troubles(scene, random, lambda: Trouble(TOO_MANY_REQUESTS), IN_TURNS)


PROVIDER_BUSY = Operator(
    _provider_busy, 0.05, "a provider's bad hour hits a conversation in twenty", Needs.RECORDED
)
