"""The report of a rehearsal: the pilot's own figure, production's predicted one, what is missing, and go or no-go.

found = report(Given(suite, results, live, under=...), options, embedder)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from proxy.corpus.embeddings import TextEmbedder
from proxy.rehearsal.counted import Counted
from proxy.rehearsal.launch.comparison import Comparison, compare
from proxy.rehearsal.launch.decision import Decision, decide
from proxy.rehearsal.realism.compare import Realism, realism
from proxy.rehearsal.realism.gaps import Gap
from proxy.rehearsal.realism.of_suite import traffic_of
from proxy.rehearsal.realism.traffic import Traffic
from proxy.rehearsal.replay.results import digest, head_of, outcomes_in
from proxy.rehearsal.report.answers import BLOCKED, GOOD, MEASURES, WRONG, Answer, judged_answers, share
from proxy.rehearsal.report.predicting import Effect, Predicted, effects, live_mix, of_segment, predicted
from proxy.rehearsal.report.segments import Segments, segments, way_for
from proxy.rehearsal.report.worst import WorstCase, worst_cases
from proxy.rehearsal.suite.reading import Suite
from proxy.rules.launch_options import LaunchOptions


class ReportError(Exception):
    """What was given makes no report; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Given:
    """A pilot with its results, and live traffic.

    ``under`` are the pilot's results under production's operators, ``before`` those of another version on the same
    pilot, ``came`` those of the live traffic itself. ``recovery`` are failures put right in time, and where that is
    from. ``way`` is one of ``segments.WAYS``; chosen where it is None. ``n`` answers of production are predicted.
    """

    suite: Suite
    results: Path
    live: Suite
    under: Path | None = None
    before: Path | None = None
    came: Path | None = None
    recovery: tuple[Counted, str] | None = None
    way: str | None = None
    n: int = 1_000
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Suggested:
    """A conversation of live traffic that would close a gap, by its id, with what its customer says."""

    conversation: str
    text: str


@dataclass(frozen=True, slots=True)
class ToldGap:
    dimension: str
    text: str
    suggested: tuple[Suggested, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A segment: its share of live traffic, and the answers with nothing wrong in the pilot, and under operators."""

    name: str
    live_share: float
    pilot: Counted
    under: Counted | None


@dataclass(frozen=True, slots=True)
class Report:
    """``made_from`` are the digests of what it rests on, by name: the same digests and seed make the same report."""

    suite: str
    live: str
    seed: int
    way: str
    made_from: Mapping[str, str]
    conversations: int
    answers: int
    unjudged: int
    predicted: tuple[Predicted, ...]
    parts: tuple[Part, ...]
    effects: tuple[Effect, ...]
    realism: Realism
    gaps: tuple[ToldGap, ...]
    decisions: tuple[Decision, ...]
    worst: tuple[WorstCase, ...]
    comparison: Comparison | None


def report(given: Given, options: LaunchOptions, embedder: TextEmbedder) -> Report:
    """Raises ReportError, SuiteError, OtherRehearsal and OSError."""
    ours, theirs = list(given.suite.conversations()), list(given.live.conversations())
    way = given.way or way_for(ours, theirs)
    of_ours, of_theirs = segments(way, ours, theirs, embedder)
    pilot = _judged(given.results, given.suite, of_ours)
    under = _judged(given.under, given.suite, of_ours) if given.under else []
    came = _judged(given.came, given.live, of_theirs) if given.came else []
    mix = live_mix(theirs, of_theirs)
    suite, live = traffic_of("suite", ours, embedder), traffic_of("live", theirs, embedder)
    if not pilot:
        raise ReportError(f"{given.results}: no answer has labels, so that nothing tells good from bad")
    try:
        foretold = [
            predicted(one, pilot, under, mix, given.n, came=came, seed=given.seed)
            for one in MEASURES.values()
            if share(pilot, one).n
        ]
        alike = realism(suite, live, seed=given.seed)
    except ValueError as error:
        raise ReportError(str(error)) from None
    shown = under or pilot
    judged = {one.outcome.conversation for one in pilot}
    return Report(
        suite=given.suite.head.suite,
        live=given.live.head.suite,
        seed=given.seed,
        way=way,
        made_from=_made_from(given, options),
        conversations=len(judged),
        answers=len(pilot),
        unjudged=len(ours) - len(judged),
        predicted=tuple(foretold),
        parts=tuple(_parts(pilot, under, mix)),
        effects=tuple(effects(pilot, under, head_of(given.under)["operators"])) if given.under else (),
        realism=alike,
        gaps=tuple(_told(gap, live) for gap in alike.gaps),
        decisions=tuple(
            _decisions(shown, mix, len(alike.gaps), given.recovery[0] if given.recovery else None, options)
        ),
        worst=worst_cases(shown, {one.id: one for one in ours}),
        comparison=_compared(_judged(given.before, given.suite, of_ours), pilot) if given.before else None,
    )


def _judged(file: Path, suite: Suite, of: Segments) -> list[Answer]:
    """The judged answers in these results, which have to be of this suite."""
    head = head_of(file)
    if head.get("suite") != suite.digest:
        raise ReportError(
            f"{file} has the results of another suite ({head.get('rehearsal', 'unnamed')}), or of {suite.head.suite} "
            f"before {suite.file} was changed; play it again"
        )
    return judged_answers(outcomes_in(file), of)


def _made_from(given: Given, options: LaunchOptions) -> dict[str, str]:
    files = {"results": given.results, "under": given.under, "before": given.before, "came": given.came}
    results = {name: digest(file) for name, file in files.items() if file is not None}
    played = {name: str(head_of(given.results).get(name, "")) for name in ("documents", "policies")}
    criteria = hashlib.sha256(options.model_dump_json().encode()).hexdigest()[:16]
    return {
        "suite": given.suite.digest,
        "live": given.live.digest,
        **results,
        **played,
        "criteria": criteria,
        **({"recovery": given.recovery[1]} if given.recovery else {}),
    }


def _parts(pilot: Sequence[Answer], under: Sequence[Answer], mix: Mapping[str, float]) -> Iterator[Part]:
    total = sum(mix.values()) or 1.0
    for name in sorted({*mix, *(one.segment for one in pilot)}):
        yield Part(
            name,
            mix.get(name, 0.0) / total,
            share(of_segment(pilot, name), GOOD),
            share(of_segment(under, name), GOOD) if under else None,
        )


def _told(gap: Gap, live: Traffic) -> ToldGap:
    messages = [live.messages[row] for row in gap.suggested]
    suggested = tuple(Suggested(one.conversation, one.text) for one in messages)
    return ToldGap(gap.dimension, gap.text("live", "suite"), suggested)


def _decisions(
    shown: Sequence[Answer],
    mix: Mapping[str, float],
    gaps: int,
    recovery: Counted | None,
    options: LaunchOptions,
) -> Iterator[Decision]:
    """One for each segment that live traffic has: what it does not have is not launched into."""
    for name in mix:
        own = of_segment(shown, name)
        seen = {one.name: share(own, one) for one in (WRONG, BLOCKED)}
        if recovery is not None:
            seen["recovery"] = recovery
        yield decide(name, seen, gaps, options)


def _compared(before: Sequence[Answer], after: Sequence[Answer]) -> Comparison:
    """The other version first, on the answers that both have."""
    first = {one.place: one for one in before}
    pairs = [(first[one.place], one) for one in after if one.place in first]
    if not pairs:
        raise ReportError("the two versions have no judged answer in common")
    numbers = np.unique([one.outcome.conversation for _, one in pairs], return_inverse=True)[1]
    good = np.array([(one.is_good, other.is_good) for one, other in pairs])
    return compare(good[:, 0], good[:, 1], numbers.astype(np.int64))
