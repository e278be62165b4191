"""Recorded decisions through the rules in force and through others: where do they have a customer treated differently?

Only rules that differ are asked of every decision; all of them are where one that differs fires.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

from proxy.authoring.replay.recorded import Recorded, recorded
from proxy.authoring.replay.treatment import Treatment, treatment_of
from proxy.ledger.records import DecisionRecord
from proxy.ledger.texts import StoreText
from proxy.rules.effects import Phase
from proxy.rules.policies import Policies
from proxy.rules.reads import reads
from proxy.rules.rules import Compiled, Fired, Rules

MOST_CUSTOMERS = 100_000  # that are told apart; beyond that it is said that there are more
_TEXTS = ("request.text", "answer.text", "answer.tool_calls", "tool_call", "claims")


@dataclass(frozen=True, slots=True)
class Difference:
    """A decision that would have been another one. ``gone`` and ``came`` name the rules that fire no more, or newly."""

    recorded: Recorded
    was: Treatment
    would_be: Treatment
    gone: tuple[str, ...]
    came: tuple[str, ...]


@dataclass
class Trial:
    """What came of it. ``fired`` counts by rule that differs, ``not_replayed`` by rule and reason.

    ``without_request`` were made before what rules read was recorded; ``on_masked_text`` were read with personal
    details masked by a rule that reads text. ``differences`` are the newest ones.
    """

    differences: deque[Difference]
    decisions: int = 0
    without_request: int = 0
    on_masked_text: int = 0
    differing: int = 0
    fired: Counter[str] = field(default_factory=Counter)
    no_more: Counter[str] = field(default_factory=Counter)
    not_replayed: Counter[tuple[str, str]] = field(default_factory=Counter)
    customers: set[int] = field(default_factory=set)

    @property
    def many_customers(self) -> bool:
        """Whether there are more than were counted."""
        return len(self.customers) >= MOST_CUSTOMERS


class Side:
    """The rules of one side; ``differing`` are those that the other side has not, or has otherwise."""

    def __init__(self, policies: Policies, other: Policies) -> None:
        self._rules = policies.rules
        theirs = {one.rule.model_dump_json() for one in other.rules.compiled}
        self.differing = [one for one in self._rules.compiled if one.rule.model_dump_json() not in theirs]
        self._of_differing: dict[frozenset[str], Rules] = {}
        self._of_all: dict[frozenset[str], Rules] = {}

    @cached_property
    def reads(self) -> Mapping[str, frozenset[str]]:
        """What each rule reads, by its name."""
        return {one.rule.name: reads(one, self._rules.schema) for one in self._rules.compiled}

    def firing(self, of: Recorded) -> list[Fired]:
        """Which of the rules that differ fire, of those that can be replayed."""
        return list(chain(*self._fired(self._some(of, self.differing, self._of_differing), of)))

    def treatment(self, of: Recorded) -> Treatment:
        """What all rules together do; those that cannot be replayed do nothing."""
        return treatment_of(*self._fired(self._some(of, self._rules.compiled, self._of_all), of))

    def not_replayed(self, of: Recorded) -> Iterator[tuple[str, str]]:
        """The differing rules that read what is not known of a decision, each with the first reason."""
        for one in self.differing:
            for path, why in of.unknown.items():
                if path in self.reads[one.rule.name] and _is_for(one, of):
                    yield one.rule.name, f"{path}: {why}"
                    break

    def reads_text(self) -> bool:
        return any(text in self.reads[one.rule.name] for one in self.differing for text in _TEXTS)

    def _some(self, of: Recorded, every: Sequence[Compiled], made: dict[frozenset[str], Rules]) -> Rules:
        """Those that can be replayed; made once for all decisions of which the same is not known."""
        unknown = frozenset(of.unknown)
        if unknown not in made:
            known = tuple(one for one in every if not unknown & self.reads[one.rule.name])
            made[unknown] = Rules(known, self._rules.schema)
        return made[unknown]

    def _fired(self, rules: Rules, of: Recorded) -> tuple[list[Fired], list[Fired], list[Fired]]:
        """Ahead of the model, over its answer, and on its calls."""
        at = of.record.created_at
        ahead = rules.ahead(of.request, of.context, at)
        over = [
            fired
            for answer in of.answers
            for fired in rules.over_answer(of.request, of.context, answer.said, answer.claims, at)
        ]
        calls = [
            fired
            for answer in of.answers
            if not answer.cut_short
            for fired in rules.stopping(of.request, of.context, answer.said, at)
        ]
        return ahead, over, calls


def replay(
    records: Iterable[tuple[DecisionRecord, str]], before: Policies, after: Policies, *, most: int
) -> Trial:
    """Try all records, each with its ``store_text``; the newest ``most`` differences are kept."""
    trial, old, new = Trial(deque(maxlen=most)), Side(before, after), Side(after, before)
    reads_text = old.reads_text() or new.reads_text()
    for record, store_text in records:
        trial.decisions += 1
        one = recorded(record, after.context)
        if one is None:
            trial.without_request += 1
            continue
        trial.on_masked_text += reads_text and store_text == StoreText.MASKED
        _try(one, old, new, trial)
    return trial


def _try(one: Recorded, old: Side, new: Side, trial: Trial) -> None:
    trial.not_replayed.update({*old.not_replayed(one), *new.not_replayed(one)})
    went, came = _names(old.firing(one)), _names(new.firing(one))
    trial.no_more.update(went)
    trial.fired.update(came)
    if not went and not came:
        return
    was, would_be = old.treatment(one), new.treatment(one)
    if was == would_be:
        return
    trial.differing += 1
    if one.request.customer_id and not trial.many_customers:
        trial.customers.add(hash(one.request.customer_id))
    trial.differences.append(Difference(one, was, would_be, tuple(went), tuple(came)))


def _names(fired: Iterable[Fired]) -> list[str]:
    return list(dict.fromkeys(one.rule.name for one in fired if one.acts))


def _is_for(one: Compiled, of: Recorded) -> bool:
    """Whether it would have been asked at all."""
    answered = one.phase is Phase.AHEAD or bool(of.record.choices)
    return answered and not one.rule.expired(of.record.created_at) and one.rule.match.fits_request(of.request)
