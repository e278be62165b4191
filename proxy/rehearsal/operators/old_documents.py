"""Documents that are out of date: the proxy judges by those of 90 days before, and what is true stays what it was."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from proxy.rehearsal.operators.operator import Operator, Scene

BEHIND_S = 90 * 86_400.0


def _old_documents(scene: Scene, _: Random) -> Scene:
    turns = range(len(scene.conversation.turns))
    return replace(scene, documents_behind_s=dict.fromkeys(turns, BEHIND_S))


OLD_DOCUMENTS = Operator(_old_documents, 0.02, "an index is renewed late, after some changes")
