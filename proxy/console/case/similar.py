"""Past cases that asked about the same thing: first by shared words, then by meaning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

Embed = Callable[[str], NDArray[np.float32]]
READ = 24  # cases whose questions are compared by meaning, of those that share most words
MOST_SHOWN = 5
ALIKE = 0.45  # cosine from which two questions ask about the same thing; below it nothing is shown rather than anything
_LONGEST = 1_000  # characters of a question that are compared


@dataclass(frozen=True, slots=True)
class PastCase:
    """A case of the same tenant."""

    ref: str
    question: str
    created_at: datetime
    status: str


@dataclass(frozen=True, slots=True)
class SimilarCase:
    """``likeness`` is the cosine of the two questions (-1..1)."""

    case: PastCase
    likeness: float


def similar_cases(
    question: str, past: Sequence[PastCase], embed: Embed, *, most: int = MOST_SHOWN
) -> list[SimilarCase]:
    """The past cases most like this question, best first; none that is not about the same thing."""
    asked = question[:_LONGEST]
    if not asked.strip() or not past:
        return []
    texts = [case.question[:_LONGEST] for case in past]
    near = process.extract(asked, texts, scorer=fuzz.token_set_ratio, limit=READ)
    mine = embed(asked)
    found = [SimilarCase(past[at], float(mine @ embed(text))) for text, _, at in near]
    alike = [one for one in found if one.likeness >= ALIKE]
    return sorted(alike, key=lambda one: (-one.likeness, one.case.ref))[:most]
