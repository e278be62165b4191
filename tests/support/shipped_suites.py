"""The shipped suites, and what came of each of their answers: played alone, and as production treats them.

``tests/benchmarks/measure_forecast.py`` plays them and writes what came. From that, pilots and production are drawn
again and again without playing anything twice.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from random import Random

from conftest import ROOT
from pydantic import TypeAdapter

from proxy.intervals import Rate
from proxy.rehearsal.replay.outcome import Outcome
from proxy.rehearsal.report.answers import Answer, Measure, judged_answers
from proxy.rehearsal.report.predicting import Predicted, live_mix, predicted
from proxy.rehearsal.suite.drawing import drawn, read_draws
from proxy.rehearsal.suite.model import Conversation
from proxy.rehearsal.suite.reading import open_suite

NAMES = ("airline", "telecom")
SUITES = ROOT / "policies" / "rehearsal"
PLAYED = ROOT / "tests" / "data" / "rehearsed"
_OUTCOME = TypeAdapter(Outcome)
Played = Sequence[Mapping[str, list[Outcome]]]  # by variant (the first is alone) and conversation


def read_played(name: str) -> Played:
    with gzip.open(PLAYED / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [
            {id: [_OUTCOME.validate_python(one) for one in told] for id, told in json.loads(line).items()}
            for line in lines
        ]


def write_played(name: str, played: Iterable[Iterable[Outcome]]) -> None:
    """Without texts and times."""
    PLAYED.mkdir(exist_ok=True)
    lines = []
    for variant in played:
        of: dict[str, list[object]] = {}
        for one in variant:
            told = {**asdict(one), "text": "", "latency_ms": 0.0, "first_ms": 0.0}
            of.setdefault(one.conversation, []).append(told)
        lines.append(json.dumps(of) + "\n")
    (PLAYED / f"{name}.jsonl.gz").write_bytes(gzip.compress("".join(lines).encode(), mtime=0))


def forecasts(name: str, measure: Measure, seeds: Iterable[int], draws: int = 2_000) -> Iterator[Predicted]:
    """A pilot and production drawn anew by each seed, with what is predicted from the one and came of the other.

    Each conversation of production is met by operators by chance, as it was in one of the plays.
    """
    suite, process, played = open_suite(SUITES / name), read_draws(SUITES / name), read_played(name)
    for seed in seeds:
        _, pilot = drawn(suite, "pilot", process["pilot"], seed)
        _, live = drawn(suite, "production", process["production"], seed, {one.id for one in pilot})
        random = Random(seed)
        came = _answers(live, played, [random.randrange(1, len(played)) for _ in live])
        yield predicted(
            measure,
            _answers(pilot, played, [0] * len(pilot)),
            _answers(pilot, played, [random.randrange(1, len(played)) for _ in pilot]),
            live_mix(live, {one.id: str(one.segment) for one in live}),
            len(came),
            came=came,
            seed=seed,
            draws=draws,
        )


def held(found: Iterable[Predicted]) -> Rate:
    """How many of the intervals hold what came."""
    known = [bool(one.held) for one in found]
    return Rate(sum(known), len(known))


def _answers(conversations: Sequence[Conversation], played: Played, variants: Sequence[int]) -> list[Answer]:
    segments = {one.id: str(one.segment) for one in conversations}
    outcomes = (
        outcome
        for one, variant in zip(conversations, variants, strict=True)
        for outcome in played[variant][one.id]
    )
    return judged_answers(outcomes, segments)
