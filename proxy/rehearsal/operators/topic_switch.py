"""The customer turns to something else in the middle, and back: messages of their own before one of the later ones."""

from __future__ import annotations

from random import Random

from proxy.rehearsal.operators.operator import Operator, Scene, one_of, with_turns

ELSEWHERE = """
Something else, while I have you: do you also have an app?
Oh, and I got your newsletter twice this month.
A colleague of mine asks whether you are hiring.
By the way, your website was down this morning.
"""
BACK = """
Never mind, back to what I asked.
Anyway, let us go on with my question.
Forget it, that can wait.
"""


def _topic_switch(scene: Scene, random: Random) -> Scene:
    turns = list(scene.conversation.turns)
    asking = [at for at, turn in enumerate(turns) if any(one.get("role") == "user" for one in turn.messages)]
    if not asking:
        return scene
    at = random.choice(asking[1:] or asking)
    *before, last = turns[at].messages
    said = [{"role": "user", "content": one_of(random, lines)} for lines in (ELSEWHERE, BACK)]
    turns[at] = turns[at].model_copy(update={"messages": (*before, *said, last)})
    return with_turns(scene, turns)


TOPIC_SWITCH = Operator(_topic_switch, 0.1, "a customer in ten speaks of something else in between")
