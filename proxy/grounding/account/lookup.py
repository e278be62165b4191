"""Looks up each item of a claim: in the tool results, in what follows from them, in what the customer said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from proxy.grounding.account.fact_keys import holds
from proxy.grounding.account.fact_values import FactIndex, Leaf, stems
from proxy.grounding.account.items import AccountItems
from proxy.grounding.account.proofs import keys_that_prove
from proxy.grounding.account.sums import is_between_dates, is_sum
from proxy.grounding.claims.phrases import phrases
from proxy.grounding.types import Fact
from proxy.grounding.values.finding import Value, ValueKind, values_of

MOST_VALUES = 50  # of one claim that are looked up; a claim with more is not supported
_ADDABLE = frozenset({ValueKind.MONEY, ValueKind.COUNT})
# What the customer says of these proves nothing, unless the answer only restates the wish ("your budget of $600").
_NOT_BY_WORD = frozenset({ValueKind.MONEY, ValueKind.PERCENT, ValueKind.DURATION})
_RESTATES = phrases(
    r"""
    \byou(?:'ve|'d| have| had| would|r)? ?(?:\w+ )?(?:said|told|mentioned|wanted?|like|asked|requested|prefer\w*)\b
    \byou(?:'ve|'d| have| had| would|r)? ?(?:\w+ )?(?:provided|gave|stated|request|budget|wish\w*)\b
    \bto confirm\b
    \bas requested\b
    """
)


@dataclass(slots=True)
class Findings:
    """What was found for a claim's items, on the way to a verdict."""

    proven: list[Leaf] = field(default_factory=list)
    done: list[Fact] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    summed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    missing_names: list[str] = field(default_factory=list)

    restates: bool = False

    @property
    def found_something(self) -> bool:
        """Whether anything bears the claim out; the customer's words alone do so only where they are restated."""
        return bool(self.proven or self.done or self.summed or (self.said and self.restates))


@dataclass(frozen=True, slots=True)
class Places:
    """Where to look: the leaves of the object that the claim names (or all), all results, and what the customer said.

    ``payments`` is where an amount that was paid must stand; empty where nothing was paid.
    """

    near: Sequence[Leaf]
    index: FactIndex
    payments: Sequence[Leaf]
    said: str


def look_up(items: AccountItems, places: Places) -> Findings:
    """Sort every item into what proves it, or among the missing."""
    findings = Findings(
        proven=keys_that_prove(items, places.near), restates=bool(_RESTATES.search(items.text))
    )
    for value in items.values[:MOST_VALUES]:
        _look_up_value(value, items, places, findings)
    if len(items.values) > MOST_VALUES:
        findings.missing.append(f"more than {MOST_VALUES} values")
    for code in items.codes:
        _look_up_code(code, places, findings)
    known = places.index.words | stems(places.said)
    findings.missing_names += [name for name in items.names if not stems(name) <= known]
    return findings


def _look_up_value(value: Value, items: AccountItems, places: Places, findings: Findings) -> None:
    leaf = next((leaf for leaf in _leaves_for(value, places) if holds(value, leaf)), None)
    if leaf is not None:
        findings.proven.append(leaf)
    elif _was_said(value, items, places.said):
        findings.said.append(value.quote)
    elif _follows(value, items, places):
        findings.summed.append(value.quote)
    else:
        findings.missing.append(value.quote)


def _leaves_for(value: Value, places: Places) -> Sequence[Leaf]:
    if value.kind is ValueKind.MONEY and places.payments:
        return places.payments
    return (*places.near, *places.index.leaves)


def _was_said(value: Value, items: AccountItems, said: str) -> bool:
    if value.kind in _NOT_BY_WORD and not _RESTATES.search(items.text):
        return False
    return any(value.kind is other.kind and value.amount == other.amount for other in values_of(said))


def _follows(value: Value, items: AccountItems, places: Places) -> bool:
    """Whether a value can be computed from those of the results."""
    if is_between_dates(value, places.near):
        return True
    if value.kind not in _ADDABLE:
        return False
    lengths = [Decimal(leaf.raw) for leaf in places.index.leaves if leaf.path.endswith("length")]
    counts = [other.amount for other in items.values if other.kind is ValueKind.COUNT and other is not value]
    return is_sum(value.amount, items.text, places.near, [*counts, *lengths])


def _look_up_code(code: str, places: Places, findings: Findings) -> None:
    wanted = code.lower()
    leaf = next((leaf for leaf in places.index.leaves if wanted in f"{leaf.raw} {leaf.path}".lower()), None)
    if leaf is not None:
        findings.proven.append(leaf)
    elif wanted in places.said.lower():
        findings.said.append(code)
    elif not stems(code) <= places.index.words:
        findings.missing.append(code)
