"""Random failures with random histories: open ones, given-up ones, reopened ones, some whose clocks disagree."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from random import Random

from support.failures import BEGAN

from proxy.ledger.failures.folding import fold
from proxy.ledger.failures.records import Failure, FailureEvent, FailureState, Kind, Severity, Source, Step
from proxy.ledger.failures.telling import FailureStepRefused
from proxy.ledger.ledger import Ledger

DAYS = 40
NOW = BEGAN + timedelta(days=DAYS)


@cache
def random_states(seed: int, now: datetime = NOW) -> list[FailureState]:
    """Some ten to ninety failures; times are whole hours as often as not, so that many are the same."""
    random = Random(seed)
    return [random_state(random, f"FL-{seed}-{number}", now) for number in range(random.randint(10, 90))]


def random_state(random: Random, failure_id: str, now: datetime) -> FailureState:
    failure, events = random_history(random, failure_id, now)
    known_at = failure.occurred_at
    return fold(failure_id, failure, known_at, events)


def random_history(random: Random, key: str, now: datetime) -> tuple[Failure, list[FailureEvent]]:
    """Told in any order; nothing of it after ``now``."""
    occurred = now - _length(random, DAYS * 24)
    failure = Failure(
        key,
        random.choice(list(Kind)),
        occurred,
        customer_id=f"c-{random.randrange(30)}",
        channel=random.choice(["chat", "mail"]),
        topic=random.choice(["fares", "bags"]),
        author=random.choice(["ai", "ai", "human"]),
        incident=random.choice([None, "recall RC-1"]),
    )
    steps: list[tuple[Step, dict[str, str]]] = [(Step.DETECTED, {"severity": random.choice(list(Severity))})]
    steps += [(Step.CONTAINED, {})] if random.random() < 0.6 else []
    if random.random() < 0.75:
        steps.append((Step.CORRECTED, {}))
        how = random.choice(["confirmed", "no_repeat_contact", ""])
        steps += [(Step.RESTORED, {"how": how})] if how else []
        if random.random() < 0.15:
            steps += [(Step.REOPENED, {}), (Step.CORRECTED, {})]
    elif random.random() < 0.5:
        steps.append((random.choice([Step.CANCELLED, Step.EXPIRED]), {}))
    if random.random() < 0.1:
        steps.append((Step.RECURRED, {"of": "FL-before"}))
    at, events = occurred, []
    for number, (step, data) in enumerate(steps):
        at += _length(random, 120)
        if at > now and number:
            break
        source = random.choice(list(Source)) if step is Step.DETECTED else None
        happened = min(at, now)
        # An event that was known before it happened: some clock was wrong.
        known_at = happened - timedelta(days=1) if random.random() < 0.02 else now
        events.append(FailureEvent(f"{number}", step, happened, "ana", source, dict(data), known_at=known_at))
    random.shuffle(events)
    return failure, events


def tell_random(ledger: Ledger, now: datetime, number: int = 40) -> None:
    """So many failures with what happened to them until ``now``."""
    random = Random(7)
    for key in range(number):
        told, events = random_history(random, f"f-{key}", now)
        failure_id, _ = ledger.failures.tell(told)
        for one in sorted(events, key=lambda one: one.at):
            # A history that could not have happened so is not told to its end.
            with suppress(FailureStepRefused):
                ledger.failures.add(failure_id, one)


def _length(random: Random, most_h: int) -> timedelta:
    hours = random.randint(0, most_h) if random.random() < 0.5 else random.random() * most_h
    return timedelta(hours=hours)
