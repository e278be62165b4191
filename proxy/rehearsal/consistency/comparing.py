"""How alike the answers to one question are, in whatever words and by whichever channel it was asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from proxy.grounding.values.finding import values_of
from proxy.intervals import Rate
from proxy.rehearsal.consistency.variants import Variant
from proxy.rehearsal.replay.outcome import Outcome


class Came(NamedTuple):
    """What came of a variant: what was done (or an error's code), and the typed values that the customer was told."""

    decision: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Difference:
    """Two variants of a question that came to something else: as it was asked, and the other one."""

    question: str
    wording: str
    channel: str
    asked: Came
    other: Came


@dataclass(slots=True)
class Consistency:
    """Of questions, in how many all variants came to the same; of pairs with the question as asked, how many did."""

    questions: int = 0
    differences: list[Difference] = field(default_factory=list)
    _same: Counter[str] = field(default_factory=Counter)
    _pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    _alike: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, variants: Sequence[Variant], outcomes: Sequence[Outcome]) -> None:
        """All variants of one question, and what came of each; the first is the question as it was asked."""
        came = [came_of(one) for one in outcomes]
        asked = came[0]
        self.questions += 1
        self._same["decision"] += all(one.decision == asked.decision for one in came)
        self._same["values"] += all(one.values == asked.values for one in came)
        self._same["both"] += all(one == asked for one in came)
        for variant, other in zip(variants[1:], came[1:], strict=True):
            kind = variant.channel, variant.wording
            self._pairs[kind] += 1
            self._alike[kind] += other == asked
            if other != asked:
                self.differences.append(
                    Difference(variant.question, variant.wording, variant.channel, asked, other)
                )

    def same(self, what: str) -> Rate:
        """``decision``, ``values`` or ``both``: of questions."""
        return Rate(self._same[what], self.questions)

    def alike(self) -> Iterable[tuple[str, str, Rate]]:
        """By channel and wording, in how many pairs both were the same."""
        for (channel, wording), pairs in self._pairs.items():
            yield channel, wording, Rate(self._alike[channel, wording], pairs)


def came_of(outcome: Outcome) -> Came:
    told = values_of(outcome.text)
    return Came(
        outcome.error or outcome.decision or "passed on",
        frozenset(_written(one.kind, one.amount, one.high, one.unit) for one in told),
    )


def _written(kind: str, low: Decimal, high: Decimal, unit: str) -> str:
    amounts = " to ".join(f"{one.normalize():f}" for one in dict.fromkeys((low, high)))
    return f"{kind} {amounts}" if unit == kind else f"{kind} {amounts} {unit}"
