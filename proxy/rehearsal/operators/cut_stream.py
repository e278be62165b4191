"""The provider's connection is cut in the middle of an answer, whole or streamed, in one turn of ten."""

from __future__ import annotations

from random import Random

from proxy.rehearsal.operators.operator import Needs, Operator, Scene, Trouble, with_troubles

IN_TURNS = 0.1


def _cut_stream(scene: Scene, random: Random) -> Scene:
    return with_troubles(scene, random, lambda: Trouble(whole=random.uniform(0.1, 0.9)), IN_TURNS)


CUT_STREAM = Operator(_cut_stream, 0.02, "a connection in some hundred is lost on its way", Needs.RECORDED)
