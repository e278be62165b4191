"""The customer is where the date is another one: the time of asking is told as their clock shows it."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from proxy.rehearsal.operators.operator import Operator, Scene

OFFSETS_H = (-11.0, -9.5, 5.75, 12.75, 14.0)
"""American Samoa, the Marquesas, Nepal, the Chatham Islands and Kiritimati: from one edge of the day to the other."""


def _time_zones(scene: Scene, random: Random) -> Scene:
    return replace(scene, utc_offset_h=random.choice(OFFSETS_H))


TIME_ZONES = Operator(_time_zones, 0.05, "a customer in twenty travels, or lives far away")
