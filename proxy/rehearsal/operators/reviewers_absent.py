"""Nobody reviews: a case that a turn makes stays open, and the customer's next turns come while people hold it."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from proxy.rehearsal.operators.operator import Operator, Scene


def _reviewers_absent(scene: Scene, _: Random) -> Scene:
    return replace(scene, nobody_reviews=True)


REVIEWERS_ABSENT = Operator(_reviewers_absent, 0.2, "nights and weekends, for a team that works by day")
