"""Tool results taken apart: every leaf of a (nested) JSON result with its path, its key's words and its typed values.

Prose results become one leaf a sentence. What a value reads like does not matter: ``"2025-03-01"``, ``"06:00:00"``,
``"basic_economy"`` and ``0.5`` are found by a date, a time, words and a number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from proxy.grounding.text.segments import segment
from proxy.grounding.text.words import stem
from proxy.grounding.types import Evidence, Fact
from proxy.grounding.values.finding import ValueKind, values_of

MOST_LEAVES = 5_000  # per answer; a larger result is read up to there
LONGEST_RESULT = 200_000  # characters

Date = tuple[int, int, int]  # year, month, day; zero where not said

_WORD = re.compile(r"[A-Za-zÀ-ɏ]+|\d+")
_HYPHENATED = re.compile(r"\b[A-Za-z]+-[A-Za-z]+\b")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ISO_DATE = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_SLASH_DATE = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)")
_CLOCK = re.compile(r"(?<![\d:])(\d{1,2}):(\d{2})(?::\d{2})?(?![\d:])")
_NUMBER = re.compile(r"(?<![\w.,-])-?\d+(?:\.\d+)?(?![\w,]|\.\d)")


_NO_NUMBERS = frozenset({ValueKind.DATE, ValueKind.TIME, ValueKind.DURATION})


@dataclass(frozen=True, slots=True)
class Leaf:
    """One scalar of a result: where it stands, and what it says. ``groups`` number the objects that it lies in."""

    source: str
    path: str
    keys: frozenset[str]
    raw: Any
    words: frozenset[str]
    numbers: frozenset[Decimal]
    dates: frozenset[Date]
    times: frozenset[int]
    durations: frozenset[tuple[str, Decimal]]
    groups: tuple[int, ...]
    fact: Fact = field(repr=False)

    def evidence(self) -> Evidence:
        """The leaf as a quote: ``"status": "cancelled"`` as it stands in the result, or the prose sentence."""
        return Evidence(self.fact.document, self.path, self.fact.quoted(_snippet(self)))


@dataclass(frozen=True, slots=True)
class FactIndex:
    """All leaves of what succeeded, and the words that occur in them (values and keys)."""

    leaves: tuple[Leaf, ...]
    words: frozenset[str]
    numbers: frozenset[Decimal]

    def about(self, codes: Sequence[str]) -> tuple[Leaf, ...]:
        """The leaves of the objects that the last of these codes names, together with what stands around them; empty
        where no object has it."""
        for code in reversed(codes):
            named = {
                leaf.groups[-1]
                for leaf in self.leaves
                if leaf.groups and code.lower() in str(leaf.raw).lower()
            }
            inside = tuple(leaf for leaf in self.leaves if named.intersection(leaf.groups))
            if inside:
                return inside
        return ()


@lru_cache(maxsize=128)
def index_of(facts: tuple[Fact, ...]) -> FactIndex:
    """The index of the results that succeeded, the latest first."""
    leaves: list[Leaf] = []
    for fact in reversed(facts):
        if fact.succeeded and fact.text.strip():
            leaves.extend(_leaves_of(fact, len(leaves) + 1))
        if len(leaves) > MOST_LEAVES:
            break
    words = frozenset().union(*(leaf.words | leaf.keys for leaf in leaves)) if leaves else frozenset()
    numbers = frozenset().union(*(leaf.numbers for leaf in leaves)) if leaves else frozenset()
    return FactIndex(tuple(leaves[:MOST_LEAVES]), words, numbers)


def _leaves_of(fact: Fact, first_group: int) -> list[Leaf]:
    text = fact.text[:LONGEST_RESULT]
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return [_leaf(fact, "", (), piece.text, ()) for piece in segment(text)]
    counter = iter(range(first_group * 1_000_000, first_group * 1_000_000 + MOST_LEAVES * 4))
    return [_leaf(fact, *found) for found in _walk(value, "", (), (), counter)]


def _walk(
    value: Any, path: str, keys: tuple[str, ...], groups: tuple[int, ...], counter: Iterator[int]
) -> Iterator[tuple[str, tuple[str, ...], Any, tuple[int, ...]]]:
    if len(keys) > 20:
        return
    if isinstance(value, dict):
        inner = (*groups, next(counter, 0))
        for key, item in value.items():
            yield from _walk(item, f"{path}.{key}" if path else str(key), (*keys, str(key)), inner, counter)
    elif isinstance(value, list):
        yield f"{path}.length" if path else "length", keys[-1:], len(value), groups
        for number, item in enumerate(value):
            yield from _walk(item, f"{path}[{number}]", keys, groups, counter)
    else:
        yield path, keys, value, groups


def _leaf(fact: Fact, path: str, keys: tuple[str, ...], raw: Any, groups: tuple[int, ...]) -> Leaf:
    text = "" if raw is None else str(raw)
    dates, times, rest = _moments(text)
    values = values_of(rest)
    dates |= {as_date(value.amount) for value in values if value.kind is ValueKind.DATE}
    times |= {int(value.amount) for value in values if value.kind is ValueKind.TIME}
    durations = {(value.unit, value.amount) for value in values if value.kind is ValueKind.DURATION}
    numbers = {value.amount for value in values if value.kind not in _NO_NUMBERS}
    numbers |= {abs(number) for number in map(_decimal, _NUMBER.findall(rest)) if number is not None}
    return Leaf(
        source=fact.source,
        path=path,
        keys=stems(" ".join(keys[-3:])),
        raw=raw,
        words=stems(text),
        numbers=frozenset(numbers),
        dates=frozenset(dates),
        times=frozenset(times),
        durations=frozenset(durations),
        groups=groups,
        fact=fact,
    )


def _moments(text: str) -> tuple[set[Date], set[int], str]:
    """The dates and times written as machines write them, and the text without them."""
    dates = {(int(year), int(month), int(day)) for year, month, day in _ISO_DATE.findall(text)}
    dates |= {(int(year), int(month), int(day)) for month, day, year in _SLASH_DATE.findall(text)}
    times = {int(hour) * 60 + int(minute) for hour, minute in _CLOCK.findall(text.replace("T", " "))}
    for pattern in (_ISO_DATE, _SLASH_DATE, _CLOCK):
        text = pattern.sub(" ", text)
    return dates, times, text


def as_date(amount: Decimal) -> Date:
    """``yyyymmdd`` as (year, month, day)."""
    number = int(amount)
    return number // 10_000, number // 100 % 100, number % 100


def same_date(first: Date, second: Date) -> bool:
    """Whether two dates agree in all that both say."""
    return all(a == b or not a or not b for a, b in zip(first, second, strict=True))


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def stems(text: str) -> frozenset[str]:
    """The stems of all words and digit runs in a text; ``basic_economy`` and ``roamingAddon`` are two words each, and
    "add-on" is also "addon"."""
    apart = _CAMEL.sub(" ", text.replace("_", " "))
    joined = (match.group().replace("-", "") for match in _HYPHENATED.finditer(apart))
    return frozenset(stem(word) for word in (*_WORD.findall(apart), *joined))


def _snippet(leaf: Leaf) -> str:
    if not leaf.path:
        return str(leaf.raw)
    if leaf.path.endswith("length"):
        return f"{leaf.path.removesuffix('length').rstrip('.') or 'result'}: {leaf.raw} entries"
    key = re.split(r"\.", leaf.path)[-1].split("[")[0]
    value = re.escape(json.dumps(leaf.raw, ensure_ascii=False))
    found = re.search(rf'"{re.escape(key)}"\s*:\s*{value}', leaf.fact.text)
    return found.group() if found else json.dumps(leaf.raw, ensure_ascii=False)
