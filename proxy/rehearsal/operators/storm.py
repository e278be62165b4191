"""A storm of traffic: all customers of ten minutes come in one, ten times as many as before in that minute.

Ten-minute blocks are hit, so that ``share`` is a share of the time. When it was asked stays what it was: documents in
force and ages of facts are those of the turn.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

from proxy.rehearsal.operators.operator import Needs, Operator, Scene

BLOCK_S, TIMES = 600.0, 10


def _storm(scene: Scene, _: Random) -> Scene:
    begins_s = scene.starts_s // BLOCK_S * BLOCK_S
    return replace(scene, starts_s=begins_s + (scene.starts_s - begins_s) / TIMES)


def _block(scene: Scene) -> str:
    return f"{scene.starts_s // BLOCK_S:.0f}"


STORM = Operator(
    _storm, 0.05, "an outage or a campaign in ten minutes of some three hours", Needs.SPEED, group=_block
)
