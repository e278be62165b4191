"""The answers of a rehearsal of which it is known what is true in them, each with what is wrong with it.

An answer is what people look at and what is counted; those of one conversation are alike, and are counted as what they
are worth (``counted``). Only what people said of the recorded answers tells good from bad.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from proxy.rehearsal.counted import NOTHING, Counted, counted
from proxy.rehearsal.launch.decision import WORDS
from proxy.rehearsal.replay.outcome import BY_AUTOMATION, Outcome


class Fault(StrEnum):
    """What is wrong with an answer, the worst first."""

    FALSE = "something false was delivered"
    IGNORED = "automation answered although people had a case of this customer's"
    MISSED = "a person was needed, and none had it"
    FAILED = "it ended with an error"
    BLOCKED = "a true answer was kept back"


@dataclass(frozen=True, slots=True)
class Answer:
    """One judged answer. ``is_true``: nothing in it is false, so that keeping it back helps nobody."""

    outcome: Outcome
    segment: str
    faults: tuple[Fault, ...]
    is_true: bool

    @property
    def is_good(self) -> bool:
        return not self.faults

    @property
    def place(self) -> tuple[str, int]:
        return self.outcome.conversation, self.outcome.turn


@dataclass(frozen=True, slots=True)
class Measure:
    """A share of answers: ``is_hit`` of those that ``counts``."""

    name: str
    words: str
    is_hit: Callable[[Answer], bool]
    counts: Callable[[Answer], bool] = lambda one: True


GOOD = Measure("good", "answers with nothing wrong", lambda one: one.is_good)
WRONG = Measure(
    "unsupported_delivered",
    WORDS["unsupported_delivered"],
    lambda one: Fault.FALSE in one.faults,
)
WRONG_OF_DELIVERED = Measure(
    "delivered_wrong",
    "something false, of delivered answers alone",
    lambda one: Fault.FALSE in one.faults,
    lambda one: one.outcome.decision in BY_AUTOMATION,
)
BLOCKED = Measure(
    "wrongful_block",
    WORDS["wrongful_block"],
    lambda one: Fault.BLOCKED in one.faults,
    lambda one: one.is_true,
)
MEASURES = {one.name: one for one in (GOOD, WRONG, WRONG_OF_DELIVERED, BLOCKED)}


def judged_answers(outcomes: Iterable[Outcome], segments: Mapping[str, str] | None = None) -> list[Answer]:
    """Those of which people said something; ``segments`` are those of conversations by their ids."""
    of = segments or {}
    return [
        Answer(one, of.get(one.conversation, ""), tuple(_faults(one)), _is_true(one))
        for one in outcomes
        if _is_judged(one)
    ]


def share(answers: Sequence[Answer], measure: Measure) -> Counted:
    """How many of the answers it is, counted as what the answers of conversations are worth."""
    counting = [one for one in answers if measure.counts(one)]
    if not counting:
        return NOTHING
    conversations = np.unique([one.outcome.conversation for one in counting], return_inverse=True)[1]
    return counted(np.array([measure.is_hit(one) for one in counting]), conversations.astype(np.int64))


def _is_judged(one: Outcome) -> bool:
    labelled = one.false_delivered.of + one.true_withheld.of + one.harmless_withheld.of
    return labelled > 0 or one.person_missed is not None


def _is_true(one: Outcome) -> bool:
    return one.false_delivered.of == 0 and one.escalated != "rightly"


def _faults(one: Outcome) -> Iterable[Fault]:
    if one.false_delivered.hit:
        yield Fault.FALSE
    if one.ignored_twice:
        yield Fault.IGNORED
    if one.person_missed:
        yield Fault.MISSED
    if one.error is not None:
        yield Fault.FAILED
    elif one.escalated == "wrongly" or (_is_true(one) and one.true_withheld.hit):
        yield Fault.BLOCKED
