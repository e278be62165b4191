"""The pilot's own figure and what production will show, of each measure, by the segments of live traffic."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from proxy.rehearsal.counted import Counted
from proxy.rehearsal.forecast import DRAWS, Forecast, Stratum, forecast
from proxy.rehearsal.report.answers import Answer, Measure, share
from proxy.rehearsal.report.segments import Segments
from proxy.rehearsal.suite.model import Conversation


@dataclass(frozen=True, slots=True)
class Predicted:
    """A measure's forecast. ``came`` is what production showed, where that is known."""

    measure: str
    words: str
    forecast: Forecast
    came: Counted | None = None

    @property
    def held(self) -> bool | None:
        """Whether the interval holds what came."""
        if self.came is None or not self.came.n:
            return None
        return self.forecast.prediction.low <= self.came.share <= self.forecast.prediction.high


def predicted(
    measure: Measure,
    pilot: Sequence[Answer],
    under: Sequence[Answer],
    mix: Mapping[str, float],
    n: int,
    *,
    came: Sequence[Answer] = (),
    seed: int = 0,
    draws: int = DRAWS,
) -> Predicted:
    """``under`` is the pilot as production treats it, empty where it was not played; ``mix`` of ``live_mix``.

    Raises:
        ValueError: there is no judged answer in the pilot, or no live traffic.
    """
    names = sorted({*mix, *(one.segment for one in pilot)})
    alone, as_production = (_by_segment(answers, names, measure) for answers in (pilot, under))
    strata = [Stratum(name, alone[name], mix.get(name, 0.0), as_production.get(name)) for name in names]
    found = forecast(strata, n, seed=seed, draws=draws)
    return Predicted(measure.name, measure.words, found, share(came, measure) if came else None)


def _by_segment(answers: Sequence[Answer], names: Sequence[str], measure: Measure) -> dict[str, Counted]:
    """Each segment's share, with the design effect of all: few conversations tell too little of how alike they are."""
    if not answers:
        return {}
    for_each = share(answers, measure).n_for_each_worth
    counts = {name: share(of_segment(answers, name), measure) for name in names}
    return {name: Counted(one.hits, one.n, one.n / for_each) for name, one in counts.items()}


def live_mix(live: Iterable[Conversation], segments: Segments) -> dict[str, float]:
    """How much of live traffic each segment is, by its answers with a text.

    Counted as so many conversations as tell as much: long ones weigh more (Kish 1965, effective sample size).
    """
    sizes: dict[str, int] = {one.id: sum(bool(turn.answer.content) for turn in one.turns) for one in live}
    answers: Counter[str] = Counter()
    for conversation, size in sizes.items():
        answers[segments[conversation]] += size
    total = answers.total()
    if not total:
        return {}
    worth = total**2 / sum(size**2 for size in sizes.values())
    return {name: worth * count / total for name, count in sorted(answers.items())}


@dataclass(frozen=True, slots=True)
class Effect:
    """Of ``n`` answers in conversations that an operator hit, ``worse`` became bad by it, and ``better`` good.

    Conversations that others hit too are among them: their effects are not told apart.
    """

    operator: str
    share: float
    n: int
    worse: int
    better: int
    conversations: int


def effects(pilot: Sequence[Answer], under: Sequence[Answer], shares: Mapping[str, float]) -> list[Effect]:
    """The same answers without and with what production does; ``shares`` of conversations are those of the results."""
    before = {one.place: one for one in pilot}
    pairs: dict[str, list[tuple[Answer, Answer]]] = defaultdict(list)
    for one in under:
        for operator in one.outcome.operators if one.place in before else ():
            pairs[operator].append((before[one.place], one))
    return [_effect(name, level, pairs[name]) for name, level in shares.items()]


def _effect(operator: str, level: float, pairs: Sequence[tuple[Answer, Answer]]) -> Effect:
    return Effect(
        operator,
        level,
        len(pairs),
        sum(first.is_good and not second.is_good for first, second in pairs),
        sum(second.is_good and not first.is_good for first, second in pairs),
        len({first.outcome.conversation for first, _ in pairs}),
    )


def of_segment(answers: Iterable[Answer], segment: str) -> list[Answer]:
    return [one for one in answers if one.segment == segment]
