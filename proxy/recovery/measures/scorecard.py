"""One standard: the same scorecard for the chatbot and for people, each measured by the same rule.

Hard cases go to people, so that plain shares would punish them. Each measure is therefore also told for the same mix of
channels, topics and difficulty (``standardise.py``), and the difference with its interval.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from statistics import NormalDist
from typing import Any

import numpy as np

from proxy.ledger.answers.answered import Answered
from proxy.ledger.failures.columns import FailureColumns
from proxy.ledger.failures.records import AI, HUMAN
from proxy.ledger.ledger import Ledger
from proxy.ledger.simulated import is_simulated
from proxy.recovery.measures.budget import targets
from proxy.recovery.measures.figure import TOO_FEW, Figure, Unit, difference, share
from proxy.recovery.measures.standardise import Compared, Tally, compare, tally
from proxy.rules.recovery_options import RecoveryOptions

SOON = timedelta(hours=1)
DIMENSIONS = ("channel", "topic", "difficulty")
WORDS = {
    "resolution": "The customer did not come back within recovery.quiet_days, and no failure was found.",
    "accuracy": "Of the answers that people reviewed without knowing whose they were, the share that was right.",
    "repeat_contact": "The customer complained, escalated, called, wrote, came or opened a case within that time.",
    "recovery": "Of the failures whose target is past, the share that was put right within it.",
    "answered_soon": "Answered within an hour of the question.",
}

Stratum = tuple[str, str, str]  # channel, topic, difficulty
Outcome = tuple[str, Stratum, bool]  # author, stratum, hit


@dataclass(frozen=True, slots=True)
class Score:
    """A measure of both: as it is, in the same mix of work, and by each channel, topic and difficulty."""

    measure: str
    words: str
    ai: Figure
    human: Figure
    compared: Compared
    by: tuple[Part, ...]

    @property
    def text(self) -> str:
        """``people - chatbot`` in the same mix of work, in words."""
        told = self.compared
        first, second = told.first, told.second
        if first is None or second is None or told.difference is None:
            return "no channel, topic and difficulty in which both answered"
        if min(first.n, second.n) < TOO_FEW:
            return f"too few cases of the same mix: {first.n} and {second.n}"
        return (
            f"chatbot {first.share:.1%}, people {second.share:.1%}: {100 * told.difference:+.1f} points"
            f" ({100 * (told.low or 0):+.1f} to {100 * (told.high or 0):+.1f}), {first.n:,} and {second.n:,} cases;"
            f" the mix covers {told.covered:.0%} of all"
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "measure": self.measure,
            "words": self.words,
            "ai": self.ai.as_json(),
            "human": self.human.as_json(),
            "standardised": {
                "ai": _json(self.compared.first),
                "human": _json(self.compared.second),
                "difference": self.compared.difference,
                "low": self.compared.low,
                "high": self.compared.high,
                "covered": self.compared.covered,
                "strata": self.compared.strata,
                "text": self.text,
            },
            "by": [
                {
                    "dimension": one.dimension,
                    "of": one.of,
                    "ai": one.ai.as_json(),
                    "human": one.human.as_json(),
                    "difference": one.difference.as_json(),
                }
                for one in self.by
            ],
        }


@dataclass(frozen=True, slots=True)
class Part:
    """One channel, topic or difficulty; ``difference`` is people less the chatbot."""

    dimension: str
    of: str
    ai: Figure
    human: Figure
    difference: Figure


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Of answers from ``since`` on; ``too_young`` of them cannot be judged yet by whether their customer came back."""

    since: datetime
    scores: tuple[Score, ...]
    waits: tuple[Figure, ...]
    too_young: int
    simulated: bool

    def as_json(self) -> dict[str, Any]:
        return {
            "since": self.since.isoformat(),
            "scores": [one.as_json() for one in self.scores],
            "waits": [one.as_json() for one in self.waits],
            "too_young": self.too_young,
            "simulated": self.simulated,
        }


def read_scorecard(
    ledger: Ledger,
    tenant: str,
    since: datetime,
    until: datetime,
    audited: Mapping[str, bool],
    options: RecoveryOptions,
    quiet: timedelta,
) -> Scorecard:
    """Of what was answered in the period, with what is known of it by now. Raises LedgerError."""
    return scorecard(
        ledger.lived.answered(tenant, since, until),
        ledger.lived.failed_answers(tenant, since),
        audited,
        ledger.failures.columns(tenant, since, until),
        since,
        ledger.now(),
        options,
        quiet,
    )


def scorecard(
    answers: Sequence[Answered],
    failed: set[str],
    audited: Mapping[str, bool],
    failures: FailureColumns,
    since: datetime,
    now: datetime,
    options: RecoveryOptions,
    quiet: timedelta,
) -> Scorecard:
    """``failed`` answers had a failure; ``audited`` says of those reviewed whether they were right."""
    judged = [one for one in answers if one.at + quiet <= now]
    came_back = [(one, one.back_at is not None and one.back_at - one.at <= quiet) for one in judged]
    outcomes: dict[str, list[Outcome]] = {
        "resolution": [
            (one.author, _stratum(one), not back and one.response_id not in failed) for one, back in came_back
        ],
        "accuracy": [
            (one.author, _stratum(one), audited[one.reviewed_as])
            for one in answers
            if one.reviewed_as in audited
        ],
        "repeat_contact": [(one.author, _stratum(one), back) for one, back in came_back],
        "recovery": list(_recoveries(failures, now, options)),
        "answered_soon": [(one.author, _stratum(one), one.waited <= SOON) for one in answers],
    }
    return Scorecard(
        since,
        tuple(_score(name, told) for name, told in outcomes.items()),
        tuple(_wait(author, answers) for author in (AI, HUMAN)),
        len(answers) - len(judged),
        simulated=bool(failures.simulated.any()) or any(is_simulated(one.customer_id) for one in answers),
    )


def _score(name: str, outcomes: Sequence[Outcome]) -> Score:
    ai, human = (_tally(outcomes, author) for author in (AI, HUMAN))
    return Score(
        name,
        WORDS[name],
        share(name, ai.crude.hits, ai.crude.n, AI),
        share(name, human.crude.hits, human.crude.n, HUMAN),
        compare(ai, human),
        tuple(_parts(name, outcomes)),
    )


def _parts(name: str, outcomes: Sequence[Outcome]) -> Iterator[Part]:
    for place, dimension in enumerate(DIMENSIONS):
        for value in sorted({stratum[place] for _, stratum, _ in outcomes}):
            of_it = [one for one in outcomes if one[1][place] == value]
            ai, human = (_tally(of_it, author).crude for author in (AI, HUMAN))
            shares = [share(name, one.hits, one.n, value) for one in (ai, human)]
            yield Part(dimension, value, shares[0], shares[1], difference(name, value, ai, human))


def _tally(outcomes: Iterable[Outcome], author: str) -> Tally:
    return tally((stratum, hit) for whose, stratum, hit in outcomes if whose == author)


def _stratum(one: Answered) -> Stratum:
    return one.channel, one.topic, "hard" if one.hard else "plain"


def _recoveries(failures: FailureColumns, now: datetime, options: RecoveryOptions) -> Iterator[Outcome]:
    """Failures whose clocks can be believed and whose target is past; how hard they are is their severity."""
    due_at = failures.occurred_at + targets(failures, options)
    due = (due_at <= now.timestamp()) & ~failures.doubtful
    in_time = failures.corrected_at <= due_at
    for place in np.flatnonzero(due):
        stratum = (
            failures.channel[place] or "none",
            failures.topic[place] or "none",
            failures.severity[place],
        )
        yield failures.author[place], stratum, bool(in_time[place])


def _wait(author: str, answers: Sequence[Answered]) -> Figure:
    """The median, with the interval that order statistics give, whatever the distribution is."""
    waited = sorted(one.waited.total_seconds() for one in answers if one.author == author)
    n = len(waited)
    if n < TOO_FEW:
        return Figure("time_to_answer", author, Unit.SECONDS, None, n, which="median")
    half = NormalDist().inv_cdf(0.975) * np.sqrt(n) / 2
    low, high = max(0, int(np.floor(n / 2 - half))), min(n - 1, int(np.ceil(n / 2 + half)))
    value = float(np.median(waited))
    method = "order statistics"
    return Figure(
        "time_to_answer",
        author,
        Unit.SECONDS,
        value,
        n,
        waited[low],
        waited[high],
        method=method,
        which="median",
    )


def _json(one: Any) -> dict[str, Any] | None:
    return None if one is None else asdict(one)
