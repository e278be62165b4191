"""What a rehearsal came to: counts with their shares and intervals, each of what it is a share of."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from proxy.intervals import Rate
from proxy.rehearsal.replay.outcome import Outcome

NO_TEXT = "no_text"  # why an answer is unverified in which a model only calls tools
DECISIONS = "deliver", "rewrite", "escalate", "refuse"
OK, TOO_MANY_REQUESTS = 200, 429


@dataclass(slots=True)
class Summary:
    """Counts over turns and labelled sentences; latencies in milliseconds. Turns are added one at a time."""

    turns: int = 0
    conversations: int = 0
    _hits: Counter[str] = field(default_factory=Counter)
    _of: Counter[str] = field(default_factory=Counter)
    _latencies: array[float] = field(default_factory=lambda: array("f"))
    _firsts: array[float] = field(default_factory=lambda: array("f"))
    _last: str | None = None

    def add(self, one: Outcome) -> None:
        self.turns += 1
        if one.conversation != self._last:
            self.conversations, self._last = self.conversations + 1, one.conversation
        if one.error is None:  # a refusal at the door is no answer, however quick it is
            self._latencies.append(one.latency_ms)
            self._firsts.append(one.first_ms)
        for decision in DECISIONS:
            self._count(decision, one.decision == decision)
        self._count("failed", one.error is not None)
        self._count("too_many", one.status == TOO_MANY_REQUESTS)
        if one.streamed:
            self._count("cut", one.error is not None and one.status == OK)
        if one.error is None and one.unverified_reason != NO_TEXT:
            self._count("unverified", not one.verified)
        for name in ("false_delivered", "true_withheld", "harmless_withheld"):
            sentences = getattr(one, name)
            self._count(name, sentences.hit, sentences.of)
        if one.escalated in ("rightly", "wrongly"):
            self._count("escalated_wrongly", one.escalated == "wrongly")
        if one.person_missed is not None and (one.person_missed or one.escalated == "rightly"):
            self._count("person_missed", one.person_missed)
        if one.had_open_case:
            self._count("ignored_twice", one.ignored_twice)
        self._count("diverged", one.diverged)
        self._count("after_divergence", one.after_divergence)

    def rate(self, name: str) -> Rate:
        """The share of this name in ``MEASURES``."""
        return Rate(self._hits[name], self._of[name])

    def latency_ms(self, share: float) -> float:
        """By when this share of the answers were whole; 0 where there is none."""
        return _by_when(self._latencies, share)

    def first_ms(self, share: float) -> float:
        """By when the first word of this share of the answers was there; 0 where there is none."""
        return _by_when(self._firsts, share)

    def _count(self, name: str, hits: int, of: int = 1) -> None:
        self._hits[name] += hits
        self._of[name] += of


def _by_when(times_ms: array[float], share: float) -> float:
    ordered = sorted(times_ms)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1) if ordered else 0.0


MEASURES = {
    "false_delivered": ("false sentences delivered", "sentences labelled contradicted or unsupported"),
    "true_withheld": ("true sentences kept back", "sentences labelled supported"),
    "harmless_withheld": ("other sentences kept back", "sentences labelled not checkable"),
    "escalated_wrongly": ("escalated wrongly", "escalated turns of which that is known"),
    "person_missed": ("person needed, none had it", "turns that needed a person"),
    "ignored_twice": ("answered by automation all the same", "turns with an open case"),
    "deliver": ("delivered as it was", "turns"),
    "rewrite": ("rewritten", "turns"),
    "escalate": ("escalated", "turns"),
    "refuse": ("refused", "turns"),
    "failed": ("ended with an error", "turns"),
    "too_many": ("of which turned away, 429", "turns"),
    "cut": ("broke off in the middle", "streamed turns"),
    "unverified": ("not verified", "turns with a text"),
    "diverged": ("other than recorded", "turns"),
    "after_divergence": ("judged singly, after such a turn", "turns"),
}
"""What is counted, by name: in words, and of what it is a share."""


def summary_of(outcomes: Iterable[Outcome]) -> Summary:
    found = Summary()
    for one in outcomes:
        found.add(one)
    return found
