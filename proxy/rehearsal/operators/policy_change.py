"""The policy changes in the middle of the conversation: before it, the documents of 90 days ago were in force.

What people found of the answers until then they found by other documents, so that those labels are taken away.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

from proxy.rehearsal.operators.old_documents import BEHIND_S
from proxy.rehearsal.operators.operator import Operator, Scene, with_turns


def _policy_change(scene: Scene, _: Random) -> Scene:
    turns = scene.conversation.turns
    changed = (len(turns) + 1) // 2
    before = [one.model_copy(update={"labels": (), "needs_person": None}) for one in turns[:changed]]
    behind = {**scene.documents_behind_s, **dict.fromkeys(range(changed), BEHIND_S)}
    return replace(with_turns(scene, [*before, *turns[changed:]]), documents_behind_s=behind)


POLICY_CHANGE = Operator(
    _policy_change, 0.01, "a policy changes some times a year, and somebody is asking", keeps_labels=False
)
