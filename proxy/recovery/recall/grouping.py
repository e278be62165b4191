"""What was found, by meaning and by risk: sentences that say the same are a group, and the worst group comes first."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from proxy.corpus.documents import Risk
from proxy.grounding.values.finding import Value, values_of
from proxy.grounding.values.units import ValueKind
from proxy.recovery.recall.finding import Sentence

ALIKE = 0.8  # cosine from which two sentences with the same values say the same
_SEVERITY = {Risk.LOW: 1.0, Risk.MEDIUM: 2.0, Risk.HIGH: 4.0}
HALF_LIFE_DAYS = 90.0  # after which what was told weighs half: who was told lately still acts on it


@dataclass(frozen=True, slots=True)
class Group:
    """Sentences that say the same. ``money`` is the largest amount that one of them names, with its currency.

    ``risk`` orders groups and has no unit: severity (1, 2, 4) x customers x (1 + log10(1 + money)) x 0.5^(age / 90
    days). An answer without a known customer counts as one.
    """

    sentences: tuple[Sentence, ...]
    severity: Risk
    customers: int
    answers: int
    first_at: datetime
    last_at: datetime
    money: Decimal | None
    currency: str | None
    risk: float

    @property
    def text(self) -> str:
        """How it was said most often."""
        return max(self.sentences, key=lambda one: len(one.places)).reading

    @property
    def documents(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for one in self.sentences for name in one.documents))


def grouped(sentences: Sequence[Sentence], risk_of: Callable[[str], Risk], now: datetime) -> list[Group]:
    """The groups, the riskiest first. ``risk_of`` is how severe a mistake about a document is."""
    parts: list[list[Sentence]] = []
    for one in sentences:
        same = next((part for part in parts if _same(part[0], one)), None)
        if same is None:
            parts.append([one])
        else:
            same.append(one)
    return sorted((_group(part, risk_of, now) for part in parts), key=lambda one: -one.risk)


def _same(first: Sentence, other: Sentence) -> bool:
    return float(first.vector @ other.vector) >= ALIKE and _values(first.reading) == _values(other.reading)


def _values(text: str) -> frozenset[tuple[str, str, Decimal, Decimal]]:
    return frozenset((one.kind.value, one.unit, one.amount, one.high) for one in values_of(text))


def _group(sentences: Sequence[Sentence], risk_of: Callable[[str], Risk], now: datetime) -> Group:
    places = [place for one in sentences for place in one.places]
    severity = max(
        (risk_of(name) for one in sentences for name in one.documents),
        key=lambda one: _SEVERITY[one],
        default=Risk.MEDIUM,
    )
    customers = len({place.customer_id or f"\0{place.response_id}" for place in places})
    times = [place.at for place in places]
    money = _money(value for one in sentences for value in values_of(one.reading))
    age_days = max(0.0, (now - max(times)).total_seconds() / 86_400)
    weight = 1 + math.log10(1 + float(money.amount)) if money else 1.0
    return Group(
        sentences=tuple(sentences),
        severity=severity,
        customers=customers,
        answers=len({place.response_id for place in places}),
        first_at=min(times),
        last_at=max(times),
        money=money.amount if money else None,
        currency=money.unit if money else None,
        risk=_SEVERITY[severity] * customers * weight * 0.5 ** (age_days / HALF_LIFE_DAYS),
    )


def _money(values: Iterable[Value]) -> Value | None:
    amounts = [value for value in values if value.kind is ValueKind.MONEY]
    return max(amounts, key=lambda value: value.amount, default=None)
