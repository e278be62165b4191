"""Which value of a statement became which: "mobile 60%, broadband 50%" beside "broadband 45%, mobile 60%"."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

from proxy.grounding.policy.concepts import concepts_of
from proxy.grounding.values.comparing import limits_differ, same_number
from proxy.grounding.values.finding import Value, values_of

_SAME_NUMBER = 0.25  # beside a fit of 0..1: of two places that fit alike, the one with the same number
_MOST_TRIED = 6  # values of a kind for which every way of pairing them is tried

Paired = tuple[Value | None, Value | None]


def paired_values(old: str, new: str) -> list[Paired]:
    """Each value of both texts, with the one in its place or None, in the order of the new text."""
    mine, theirs = values_of(old), values_of(new)
    old_terms, new_terms = _terms_around(old, mine), _terms_around(new, theirs)
    pairs: list[Paired] = []
    for kind in dict.fromkeys(value.kind for value in (*mine, *theirs)):
        rows = [at for at, value in enumerate(mine) if value.kind is kind]
        columns = [at for at, value in enumerate(theirs) if value.kind is kind]
        scores = {
            (row, column): _fit(old_terms[row], new_terms[column])
            + _SAME_NUMBER * same_number(mine[row], theirs[column])
            for row in rows
            for column in columns
        }
        for row, column in _best(rows, columns, scores):
            pairs.append((None if row is None else mine[row], None if column is None else theirs[column]))
    return sorted(pairs, key=lambda pair: pair[1].start if pair[1] else len(new))


def differ(old: Value, new: Value) -> bool:
    """Whether something else is said: another number or unit, the other kind of limit, or another side of an event."""
    return not same_limit(old, new) or limits_differ(old, new)


def same_limit(old: Value, new: Value) -> bool:
    """The same amount of the same unit, whatever bounds it."""
    return same_number(old, new) and (old.amount, old.high) == (new.amount, new.high)


def _terms_around(text: str, values: Sequence[Value]) -> list[frozenset[str]]:
    """For each value the content terms from the value before it to the one after it."""
    ends = [0, *(value.end for value in values)]
    starts = [*(value.start for value in values), len(text)]
    around = []
    for at in range(len(values)):
        before, after = text[ends[at] : starts[at]], text[values[at].end : starts[at + 1]]
        around.append(frozenset(concepts_of(f"{before} {after}")))
    return around


def _fit(one: frozenset[str], other: frozenset[str]) -> float:
    every = one | other
    return len(one & other) / len(every) if every else 1.0


def _best(
    rows: Sequence[int], columns: Sequence[int], scores: dict[tuple[int, int], float]
) -> list[tuple[int | None, int | None]]:
    """The pairs whose scores add up to most; what is left over on one side stands alone. Ties keep the order."""
    few, many = sorted((rows, columns), key=len)
    turned = few is not rows

    def score(one: int, other: int) -> float:
        return scores[(other, one) if turned else (one, other)]

    if len(many) > _MOST_TRIED:
        chosen: Sequence[int] = many[: len(few)]
    else:
        chosen = max(
            permutations(many, len(few)),
            key=lambda way: round(sum(map(score, few, way)), 6),
        )
    pairs: list[tuple[int | None, int | None]] = [
        (other, one) if turned else (one, other) for one, other in zip(few, chosen, strict=True)
    ]
    alone = [one for one in many if one not in chosen]
    return [*pairs, *((one, None) if turned else (None, one) for one in alone)]
