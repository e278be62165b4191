"""A choice that is there as a whole before any of it leaves: judged, asked for again, held against rules, delivered.

With ``delivery: gated`` it comes out as a stream of the same text would.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

import structlog

from proxy.actions.answer_rules import AnswerRules
from proxy.actions.decide import Action, Judged, Ruling, decide
from proxy.actions.gate import Gate
from proxy.actions.inquiry import Inquiry, Outcome
from proxy.actions.reask import correction
from proxy.rules.demands import stopping_in
from proxy.rules.effects import Effect
from proxy.rules.facts import AnswerFacts, ToolCall
from proxy.rules.policies import Route

log = structlog.get_logger(__name__)

Messages = Sequence[Mapping[str, Any]]
Ask = Callable[[Messages], Awaitable[str | None]]


class Answer(Protocol):
    """What a choice asks of the answer that it belongs to."""

    inquiry: Inquiry
    outcome: Outcome
    rules: AnswerRules

    def gate(self, choice: int) -> Gate: ...

    def add_time(self, stage: str, started: float) -> None: ...


async def settle_choice(
    answer: Answer,
    choice: int,
    texts: Mapping[int, str],
    calls: Sequence[ToolCall] = (),
    ask: Ask | None = None,
) -> None:
    """Guard the texts of a choice, by the index of each one's gate; ``ask`` asks the model again for the only one."""
    is_whole, leaves_whole = answer.inquiry.route.delivery == "whole", answer.inquiry.leaves_whole
    if leaves_whole:
        texts, judged = await _foreseen(answer, texts, ask if is_whole else None)
        if await _is_withheld(answer, choice, texts, calls, judged):
            return
    for index, text in texts.items():
        gate = answer.gate(index)
        seen = judged[index] if leaves_whole else await gate.foresee(text)
        refused = next((one for one in seen if one.ruling.action is Action.REFUSE), None)
        if refused is not None and is_whole:
            gate.model_text = text
            gate.refuse(refused)
        else:
            await gate.feed(text)
            await gate.finish()
        if gate.closed is not None:
            return


async def _foreseen(
    answer: Answer, texts: Mapping[int, str], ask: Ask | None
) -> tuple[Mapping[int, str], dict[int, Sequence[Judged]]]:
    """All texts judged; one that has no other beside it is asked for again as often as the route says."""
    judged = {index: await answer.gate(index).foresee(text) for index, text in texts.items()}
    if ask is None or len(texts) != 1:
        return texts, judged
    (index, text), route = next(iter(texts.items())), answer.inquiry.route
    ends = asyncio.get_running_loop().time() + route.rewrite_s
    for _ in range(route.reask.times):
        better = await _asked_again(answer, text, judged[index], ask, ends)
        if better is None:
            break
        text, judged[index] = better, await answer.gate(index).foresee(better)
    return {index: text}, judged


async def _asked_again(
    answer: Answer, text: str, judged: Sequence[Judged], ask: Ask, ends: float
) -> str | None:
    """A better answer, by the time that ``ends`` says (the event loop's); None where there is none."""
    wrong = [one for one in judged if _is_wrong(answer, one)]
    if not wrong or asyncio.get_running_loop().time() >= ends:
        return None
    started = time.perf_counter()
    try:
        async with asyncio.timeout_at(ends):
            better = await ask([*answer.inquiry.messages, *correction(text, wrong)])
    except TimeoutError:
        log.warning("asking the model again took too long", response_id=answer.inquiry.response_id)
        better = None
    answer.add_time("reask", started)
    answer.outcome.reasked += 1
    return better or None


def _is_wrong(answer: Answer, judged: Judged) -> bool:
    """Whether the model should say it differently; not where only a rule wants policy's own words in its place."""
    if judged.judgement is None:
        return False
    if judged.ruling.action is not Action.REWRITE:
        return judged.ruling.action is not Action.DELIVER
    without = decide(judged.judgement, answer.inquiry.route, confidence=answer.rules.demands.confidence)
    return without.action is not Action.DELIVER


async def _is_withheld(
    answer: Answer,
    choice: int,
    texts: Mapping[int, str],
    calls: Sequence[ToolCall],
    judged: Mapping[int, Sequence[Judged]],
) -> bool:
    """Whether a rule over the whole answer keeps it from leaving; one that wants it rewritten is followed, too."""
    if not texts and not calls:
        return False
    every = [one for index in texts for one in judged[index]]
    said = "\n\n".join(texts.values())
    fired = await answer.rules.over(choice, AnswerFacts(said, tuple(calls)), every)
    stopping = stopping_in(fired)
    if stopping is None:
        if any(one.rule.effect is Effect.FORCE_REWRITE and one.acts for one in fired):
            for index in texts:
                answer.gate(index).rerule(partial(_rewritten, answer.inquiry.route))
        return False
    gates = [answer.gate(index) for index in texts] or [answer.gate(choice)]
    await answer.rules.stop(stopping, gates[0], said)
    ruling = Ruling(answer.outcome.action, stopping.told)
    for index, text in texts.items():
        answer.gate(index).withhold(text, judged[index], ruling)
    return True


def _rewritten(route: Route, judged: Judged) -> Judged:
    """What would leave as the model said it, in policy's own words where there are any."""
    if judged.judgement is None or judged.ruling.action is not Action.DELIVER:
        return judged
    return judged.ruled(decide(judged.judgement, route, rewrites=True))
