"""Values as people say them."""

from __future__ import annotations

from proxy.grounding.values.bounds import Comparator
from proxy.grounding.values.finding import Value, ValueKind

_BOUND_WORDS = {
    Comparator.AT_MOST: "at most ",
    Comparator.LESS_THAN: "less than ",
    Comparator.AT_LEAST: "at least ",
    Comparator.MORE_THAN: "more than ",
}
_POINT_WORDS = {
    Comparator.AT_MOST: "until ",
    Comparator.LESS_THAN: "before ",
    Comparator.AT_LEAST: "from ",
    Comparator.MORE_THAN: "after ",
}
_POINTS = frozenset({ValueKind.DATE, ValueKind.TIME, ValueKind.WEEKDAY})


def in_words(value: Value) -> str:
    """A value with its bound: "at least 24 hours before", "$5 per night", "before 11:59 pm"."""
    bound = (_POINT_WORDS if value.kind in _POINTS else _BOUND_WORDS).get(value.comparator, "")
    per = f" per {value.per}" if value.per else ""
    return f"{bound}{value.quote}{per}{' ' + value.order if value.order else ''}"
