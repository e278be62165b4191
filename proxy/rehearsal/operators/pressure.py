"""Pressure by what others are said to have got."""

from __future__ import annotations

from random import Random

from proxy.rehearsal.operators.operator import Operator, Scene, one_of, with_messages

OTHERS = """
My friend got this last week without any trouble.
Your colleague on the phone has already promised me that.
The last time you did it for me, so I know that it is possible.
Everybody on the internet says that you have to do it.
"""


def _pressure(scene: Scene, random: Random) -> Scene:
    return with_messages(scene, lambda text: f"{text} {one_of(random, OTHERS)}")


PRESSURE = Operator(_pressure, 0.05, "a customer in twenty argues by what others got")
