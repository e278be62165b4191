"""The provider takes 2 to 8 seconds longer for its first word, in one turn of five, and at least in one."""

from __future__ import annotations

from random import Random

from proxy.rehearsal.operators.operator import Needs, Operator, Scene, Trouble, with_troubles

IN_TURNS = 0.2
LEAST_S, MOST_S = 2.0, 8.0


def _provider_slow(scene: Scene, random: Random) -> Scene:
    return with_troubles(scene, random, lambda: Trouble(waits_s=random.uniform(LEAST_S, MOST_S)), IN_TURNS)


PROVIDER_SLOW = Operator(
    _provider_slow, 0.05, "a provider's slow hour hits a conversation in twenty", Needs.RECORDED
)
