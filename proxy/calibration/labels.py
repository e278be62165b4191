"""The labels that people gave: one JSON object a line, each mistake named with its line."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

LABELS = ("supported", "contradicted", "unsupported")
MOST_SHOWN = 20


class LabelsError(Exception):
    """The labels cannot be used; a line for each mistake, with its place."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One claim with a person's label.

    ``group`` is what rows share that are not independent (company, document, conversation); by default the row itself.
    ``score`` is the raw confidence (0..1) where the claim was judged before, ``verdict`` what was said then, and
    ``verifier`` the version that said it; None where the file does not tell.
    """

    id: str
    claim: str
    label: str
    group: str
    question: str | None = None
    score: float | None = None
    verdict: str | None = None
    verifier: str | None = None

    @property
    def true(self) -> bool:
        return self.label == "supported"


def read_labels(text: str, place: str) -> list[Labelled]:
    """The rows of a labels file; ``place`` names it. Blank lines are skipped.

    Raises:
        LabelsError: a row is not usable, or there is none.
    """
    rows: list[Labelled] = []
    mistakes: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            rows.append(_row(line, number))
        except ValueError as error:
            mistakes.append(f"{place}:{number}: {error}")
    if mistakes:
        more = [f"... and {len(mistakes) - MOST_SHOWN} more"] if len(mistakes) > MOST_SHOWN else []
        raise LabelsError("\n".join([*mistakes[:MOST_SHOWN], *more]))
    if not rows:
        raise LabelsError(
            f'{place}: there is no label in it; write one a line, {{"claim": "...", "label": "supported"}}'
        )
    return rows


def _row(line: str, number: int) -> Labelled:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not valid JSON: {error}") from None
    if not isinstance(data, dict):
        raise ValueError('must be an object like {"question": "...", "claim": "...", "label": "supported"}')
    if problem := next(_problems(data), None):
        raise ValueError(problem)
    group = data.get("group")
    return Labelled(
        id=str(data.get("id", number)),
        claim=data["claim"],
        label=data["label"],
        # No group of the file's can be called so: it would be two lines.
        group=f"\n{number}" if group is None else str(group),
        question=data.get("question"),
        score=data.get("score"),
        verdict=data.get("verdict"),
        verifier=data.get("verifier"),
    )


def _problems(data: dict[str, Any]) -> Iterator[str]:
    claim, label, group = data.get("claim"), data.get("label"), data.get("group")
    if not isinstance(claim, str) or not claim.strip():
        yield '"claim" is missing; it must be a text'
    if label not in LABELS:
        was = "is missing" if label is None else f"cannot be {json.dumps(label)}"
        yield f'"label" {was}; allowed: {", ".join(LABELS)}'
    if not isinstance(data.get("question"), str | None):
        yield '"question" must be a text'
    if isinstance(group, bool) or not isinstance(group, str | int | None) or group == "":
        yield '"group" must be a text or a whole number'
    if not _is_score(data.get("score")):
        yield '"score" must be a number from 0 to 1'
    if data.get("verdict") is not None and data["verdict"] not in LABELS:
        yield f'"verdict" cannot be {json.dumps(data["verdict"])}; allowed: {", ".join(LABELS)}'
    if not isinstance(data.get("verifier"), str | None):
        yield '"verifier" must be a text'


def _is_score(score: Any) -> bool:
    if score is None:
        return True
    return (
        isinstance(score, int | float)
        and not isinstance(score, bool)
        and math.isfinite(score)
        and 0 <= score <= 1
    )
